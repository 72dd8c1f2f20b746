import { el, replace, setText, svg } from "./dom.js";
import { clockTime } from "./format.js";

const WIDTH = 300;
const HEIGHT = 72;
const SPAN_MS = 90_000;

/**
 * A small live chart of one or two series: its figure in large, the curve of
 * the last minute and a half below, and the figure of a moment under the
 * pointer.
 */
export function makeChart({ title, series, format, note = "" }) {
  const plot = svg("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: "none",
    role: "img",
    "aria-label": `${title}, last 90 seconds`,
  });
  const figures = series.map(({ name }) =>
    el("span", { class: "figure" }, "–", el("small", {}, name))
  );
  const top = el("span", { class: "axis-top" });
  const moment = el("span", { class: "moment" }, note);
  let drawn = [];
  const show = (at) => {
    figures.forEach((figure, index) => {
      const point = at === undefined
        ? drawn[index]?.at(-1)
        : nearest(drawn[index], at);
      setText(figure.firstChild, point ? format(point.value) : "–");
    });
    setText(moment, at === undefined ? note : clockTime(at).slice(0, 8));
  };
  plot.addEventListener("pointermove", (event) => {
    const last = drawn[0]?.at(-1);
    const { left, width } = plot.getBoundingClientRect();
    if (last) show(last.at - SPAN_MS * (1 - (event.clientX - left) / width));
  });
  plot.addEventListener("pointerleave", () => show());
  return {
    node: el(
      "section",
      { class: "card chart" },
      el("h2", {}, title),
      el("p", { class: "figures" }, figures, moment),
      el("div", { class: "plot" }, top, plot),
    ),
    draw(values) {
      drawn = values;
      const max = ceiling(
        Math.max(0, ...values.flat().map(({ value }) => value)),
      );
      setText(top, format(max));
      replace(
        plot,
        series.map((one, index) => curve(values[index], max, one)).flat(),
      );
      if (!plot.matches(":hover")) show();
    },
  };
}

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
      node.setAttribute("aria-valuenow", String(value));
      node.setAttribute("aria-valuemax", String(max));
    },
  };
}

function curve(points, max, { tone, filled = true }) {
  const last = points.at(-1);
  if (!last || points.length < 2) return [];
  const x = (at) => WIDTH * (1 - (last.at - at) / SPAN_MS);
  const y = (value) => HEIGHT - 2 - (HEIGHT - 6) * (value / max);
  const inside = points.filter(({ at }) => last.at - at <= SPAN_MS);
  const line = inside.map(({ at, value }) =>
    `${x(at).toFixed(1)},${y(value).toFixed(1)}`
  ).join("L");
  const path = svg("path", { class: "line", "data-tone": tone, d: `M${line}` });
  if (!filled) return [path];
  const start = x(inside[0].at).toFixed(1);
  const area = svg("path", {
    class: "area",
    "data-tone": tone,
    d: `M${start},${HEIGHT}L${line}L${WIDTH},${HEIGHT}Z`,
  });
  return [area, path];
}

function nearest(points = [], at) {
  return points.reduce(
    (best, point) =>
      best && Math.abs(best.at - at) <= Math.abs(point.at - at) ? best : point,
    undefined,
  );
}

/** The next of 1, 2, 5, 10, 20 …: a scale that does not change with every sample. */
function ceiling(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10;
  return step * power;
}
