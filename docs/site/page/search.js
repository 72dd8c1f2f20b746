/** Answers shown at most; how many there are is told. */
const MOST_RESULTS = 20;
const EXCERPT_CHARS = 140;
/** Letters of a word for which one wrong letter is forgiven: shorter ones mean too much else. */
const FUZZY_FROM = 6;

/**
 * The search. What is searched is a script of its own, which comes when somebody
 * is about to search: a page opened from a file may not fetch, nor load modules.
 */
class SiteSearch {
  #index;
  #query = document.getElementById("query");
  #results = document.getElementById("results");
  #entries;
  #library;
  #isAsked = false;

  /** Searches what the script at `index` has. */
  constructor(index) {
    this.#index = index;
    const { form } = this.#query;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#results.querySelector("a")?.click();
    });
    this.#query.addEventListener("focus", () => this.#load());
    this.#query.addEventListener("input", () => this.#show());
    form.addEventListener("keydown", (event) => this.#onKey(event));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.target.closest("input")) return;
      event.preventDefault();
      this.#query.focus();
    });
    document.addEventListener("click", ({ target }) => {
      if (!form.contains(target)) this.#results.hidden = true;
    });
  }

  #onKey(event) {
    if (event.key === "Escape") {
      this.#results.hidden = true;
      this.#query.focus();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const stops = [this.#query, ...this.#results.querySelectorAll("a")];
    stops[stops.indexOf(document.activeElement) + step]?.focus();
  }

  #load() {
    if (this.#isAsked) return;
    this.#isAsked = true;
    const script = document.createElement("script");
    script.src = this.#index;
    script.addEventListener("load", () => {
      this.#entries = globalThis.searchEntries;
      this.#library = libraryOf(this.#entries);
      this.#show();
    });
    document.head.append(script);
  }

  #show() {
    const text = this.#query.value.trim();
    this.#results.hidden = text === "";
    if (!this.#library || text === "") return;
    const found = this.#find(text);
    const count = found.length === 1 ? "1 place" : `${found.length} places`;
    const status = element("p", count);
    status.role = "status";
    const items = found.slice(0, MOST_RESULTS).map((one) => this.#item(one));
    this.#results.replaceChildren(status, element("ol", ...items));
  }

  /** What has all the words; only where nothing has, what has some. */
  #find(text) {
    const whole = this.#library.search(text, { combineWith: "AND" });
    return whole.length > 0 ? whole : this.#library.search(text);
  }

  #item({ id, terms }) {
    const { title, heading, text, address } = this.#entries[id];
    const name = heading === title ? title : `${title} › ${heading}`;
    const excerpt = element("span", ...excerptOf(text, terms));
    const link = element("a", element("b", name), excerpt);
    link.href = new URL(address, this.#index);
    link.addEventListener("click", () => this.#results.hidden = true);
    return element("li", link);
  }
}

function libraryOf(entries) {
  const library = new globalThis.MiniSearch({
    fields: ["heading", "title", "text"],
    searchOptions: {
      prefix: true,
      fuzzy: (term) => term.length >= FUZZY_FROM ? 1 : false,
      boost: { heading: 4, title: 2 },
      boostDocument: (id) => entries[id].weight,
    },
  });
  library.addAll(entries.map((entry, id) => ({ ...entry, id })));
  return library;
}

/** The text about the first word that was found, which is marked. */
function excerptOf(text, terms) {
  const lower = text.toLowerCase();
  const [at, length] = terms
    .map((term) => [lower.indexOf(term), term.length])
    .filter(([at]) => at >= 0)
    .sort(([a], [b]) => a - b)[0] ?? [0, 0];
  const from = Math.max(0, at - EXCERPT_CHARS / 3);
  return [
    (from > 0 ? "…" : "") + text.slice(from, at),
    element("mark", text.slice(at, at + length)),
    text.slice(at + length, from + EXCERPT_CHARS),
  ];
}

/** An element with texts, which stay texts, and other elements in it. */
function element(name, ...content) {
  const node = document.createElement(name);
  node.append(...content);
  return node;
}

new SiteSearch(new URL("search_index.js", document.currentScript.src));
