import { el } from "./dom.js";

/** Rows drawn above and below what is seen, so that fast scrolling shows no holes. */
const SPARE = 8;

/**
 * A list of any length that draws only the rows that are seen, each of one
 * height. What is looked at stays in place when rows come in above it. Arrow
 * keys, Home and End walk from row to row.
 */
export class VirtualList {
  node;
  #list;
  #rowHeight;
  #make;
  #items = [];
  #rows = new Map();
  #frame;

  /** `make(item)` gives a row's button, `make(item, button)` changes one that is there. */
  constructor({ label, rowHeight, make }) {
    this.#rowHeight = rowHeight;
    this.#make = make;
    this.#list = el("ol", { class: "virtual-rows", "aria-label": label });
    this.node = el("div", { class: "virtual" }, this.#list);
    this.node.addEventListener("scroll", () => this.#drawSoon(), {
      passive: true,
    });
    this.node.addEventListener("keydown", (event) => this.#walk(event));
    new ResizeObserver(() => this.#drawSoon()).observe(this.node);
  }

  /** Whether the first row is in sight: new rows are seen as they come. */
  get isAtTop() {
    return this.node.scrollTop < this.#rowHeight();
  }

  /** Shows other items; `added` of them are new, and above those that were shown. */
  show(items, added = 0) {
    const isAtTop = this.isAtTop;
    this.#items = items;
    this.#list.style.height = `${items.length * this.#rowHeight()}px`;
    if (added > 0 && !isAtTop) {
      this.node.scrollTop += added * this.#rowHeight();
    }
    this.#draw();
  }

  /** Goes to the first row. */
  toTop() {
    this.node.scrollTop = 0;
  }

  #drawSoon() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#list.style.height = `${this.#items.length * this.#rowHeight()}px`;
      this.#draw();
    });
  }

  #draw() {
    const height = this.#rowHeight();
    const { scrollTop, clientHeight } = this.node;
    const first = Math.max(0, Math.floor(scrollTop / height) - SPARE);
    const end = Math.min(
      this.#items.length,
      Math.ceil((scrollTop + clientHeight) / height) + SPARE,
    );
    const rows = new Map();
    for (let index = first; index < end; index++) this.#place(index, rows);
    const focused = this.#focusedIndex();
    if (focused >= 0 && (focused < first || focused >= end)) {
      this.#place(focused, rows);
    }
    for (const [key, { node }] of this.#rows) {
      if (!rows.has(key)) node.remove();
    }
    this.#rows = rows;
    this.#order();
  }

  #place(index, rows) {
    const item = this.#items[index];
    const row = this.#rowOf(item);
    row.node.style.transform = `translateY(${index * this.#rowHeight()}px)`;
    row.node.setAttribute("aria-posinset", String(index + 1));
    row.node.setAttribute("aria-setsize", String(this.#items.length));
    row.index = index;
    rows.set(item.key, row);
  }

  /** Where the row with the focus stands now: it is drawn wherever that is, for what is not drawn has no focus. */
  #focusedIndex() {
    const focused = document.activeElement;
    if (!this.#list.contains(focused)) return -1;
    for (const [key, { node }] of this.#rows) {
      if (node.contains(focused)) {
        return this.#items.findIndex((item) => item.key === key);
      }
    }
    return -1;
  }

  /** A row that changed keeps its node, and with it the focus. */
  #rowOf(item) {
    const known = this.#rows.get(item.key);
    if (known?.version === item.version) return known;
    if (known) {
      this.#make(item, known.node.firstChild);
      return Object.assign(known, { version: item.version });
    }
    return { node: el("li", {}, this.#make(item)), version: item.version };
  }

  /** The order in the document is that on the screen: the Tab key and screen readers follow it. */
  #order() {
    let before = null;
    const lastFirst = [...this.#rows.values()].sort((a, b) =>
      b.index - a.index
    );
    for (const { node } of lastFirst) {
      if (node.nextSibling !== before || node.parentNode !== this.#list) {
        this.#list.insertBefore(node, before);
      }
      before = node;
    }
  }

  #walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[
      event.key
    ];
    if (step === undefined || this.#items.length === 0) return;
    event.preventDefault();
    const current = [...this.#rows.values()].find(({ node }) =>
      node.contains(document.activeElement)
    );
    const wanted = (current?.index ?? -1) + step;
    this.#focus(Math.min(this.#items.length - 1, Math.max(0, wanted)));
  }

  #focus(index) {
    const height = this.#rowHeight();
    const { scrollTop, clientHeight } = this.node;
    if (index * height < scrollTop) this.node.scrollTop = index * height;
    else if ((index + 1) * height > scrollTop + clientHeight) {
      this.node.scrollTop = (index + 1) * height - clientHeight;
    }
    this.#draw();
    this.#rows.get(this.#items[index].key)?.node.firstChild.focus({
      preventScroll: true,
    });
  }
}
