import { svg } from "./dom.js";

/** A horizontal measure of a figure against its limit; it warns when `warns` is set and the limit is near. */
export function makeMeter(label, { warns = false } = {}) {
  const bar = svg("rect", { class: "meter-bar", width: 0, height: 8 });
  const node = svg(
    "svg",
    {
      class: "meter",
      viewBox: "0 0 100 8",
      preserveAspectRatio: "none",
      role: "meter",
      "aria-label": label,
      "aria-valuemin": 0,
      "aria-valuenow": 0,
    },
    svg("rect", { class: "meter-ground", width: 100, height: 8 }),
    bar,
  );
  return {
    node,
    draw(value, max) {
      const share = max > 0 ? Math.min(1, value / max) : 0;
      bar.setAttribute("width", String(share * 100));
      const level = share >= 1 ? "bad" : share > 0.8 ? "warn" : "ok";
      bar.setAttribute("data-level", warns ? level : "ok");
      node.setAttribute("aria-valuenow", String(Math.min(value, max)));
      node.setAttribute("aria-valuemax", String(max));
    },
  };
}

/** Counts of spans of time as small bars. */
export function sparkBars(counts, label) {
  const max = Math.max(1, ...counts);
  return svg(
    "svg",
    {
      class: "spark",
      viewBox: `0 0 ${counts.length * 6} 20`,
      role: "img",
      "aria-label": label,
    },
    counts.map((value, index) => {
      const height = value === 0 ? 1 : Math.max(3, 20 * value / max);
      return svg("rect", {
        x: index * 6,
        y: 20 - height,
        width: 4,
        height,
        "data-some": value > 0,
      });
    }),
  );
}
