import { address } from "./address.js";
import { el, keyed } from "./dom.js";
import { count } from "./format.js";
import { makeMeter } from "./meter.js";

/** A list of bars, the longest first; each `{ name, text, value, link }`. */
export function makeBars({ title, empty, unit }) {
  const list = el("ul", { class: "bars" });
  const note = el("p", { class: "empty" }, empty);
  return {
    node: el("section", { class: "card" }, el("h2", {}, title), list, note),
    draw(items) {
      const max = items[0]?.value ?? 1;
      note.hidden = items.length > 0;
      const rows = items.map((item) => ({ ...item, share: item.value / max }));
      keyed(list, rows, {
        key: ({ name }) => name,
        make: (row, item) => bar(row, unit, item),
      });
    },
  };
}

/** The entries with the highest counts of a record of counts, as bars. */
export function topOf(counts, { most, view, field }) {
  return Object.entries(counts)
    .map(([name, value]) => ({
      name,
      text: name,
      value,
      link: address(view, "", { [field]: name }),
    }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value || a.name.localeCompare(b.name))
    .slice(0, most);
}

/** A bar that is there already keeps its link, and with it the focus. */
function bar({ text, value, share, link }, unit, item) {
  const meter = makeMeter(text);
  meter.draw(share, 1);
  meter.node.setAttribute("aria-hidden", "true");
  const figure = el(
    "span",
    { class: "value", title: `${value} ${unit}` },
    count(value),
  );
  const name = item?.firstChild ?? el("a", { href: link, title: text }, text);
  if (!item) return el("li", {}, name, figure, meter.node);
  while (name.nextSibling) name.nextSibling.remove();
  item.append(figure, meter.node);
  return item;
}
