import { el, keyed } from "./dom.js";

/**
 * A table that becomes a list of cards on a narrow screen. Columns are
 * `{ title, cell(item), align }`; rows are kept by `key`.
 */
export function makeTable({ caption, columns, key, version, empty }) {
  const body = el("tbody");
  const note = el("p", { class: "empty" }, empty);
  const table = el(
    "table",
    {},
    el("caption", { class: "unseen" }, caption),
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        columns.map(({ title, align }) =>
          el("th", { scope: "col", class: align }, title)
        ),
      ),
    ),
    body,
  );
  const makeRow = (item, row) => {
    const cells = columns.map(({ title, cell, align }) =>
      el("td", { "data-label": title, class: align }, cell(item))
    );
    if (!row) return el("tr", {}, cells);
    cells.forEach((cell, index) => exchange(row.children[index], cell));
    return row;
  };
  table.hidden = true;
  return {
    node: el("div", { class: "card table" }, table, note),
    draw(items) {
      table.hidden = items.length === 0;
      note.hidden = items.length > 0;
      keyed(body, items, { key, version, make: makeRow });
    },
  };
}

/** Changes a cell only if it differs, and keeps the focus that was inside. */
function exchange(old, cell) {
  if (old.isEqualNode(cell)) return;
  const hadFocus = old.contains(document.activeElement);
  old.replaceWith(cell);
  if (hadFocus) cell.querySelector("a, button, input")?.focus();
}

/** A small label with a tone. */
export function badge(text, tone = "plain") {
  return el("span", { class: "badge", "data-tone": tone }, text);
}

/** The tone of what became of a message. */
export function outcomeTone(outcome) {
  return {
    acked: "ok",
    delivered: "ok",
    pending: "plain",
    expired: "warn",
    dropped: "warn",
    dead: "bad",
  }[outcome] ??
    "plain";
}
