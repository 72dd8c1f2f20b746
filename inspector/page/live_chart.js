import { el, setText } from "./dom.js";
import { clockTime } from "./format.js";

const HEIGHT = 132;
/** Steps of an axis for what only comes whole. */
const WHOLE = [1, 2, 5].flatMap((step) =>
  [0, 1, 2, 3, 4, 5, 6].map((power) => step * 10 ** power)
).sort((a, b) => a - b);
/** Between two samples further apart than this nobody watched, and nothing is drawn. */
const GAP_MS = 5_000;

/**
 * A live chart of a few series: their latest figures in large, the curves of
 * the last minutes below, and the figures of a moment under the pointer.
 */
export function makeLiveChart(
  uPlot,
  { title, series, format, whole, spanMs },
) {
  const plot = el("div", {
    class: "plot",
    role: "img",
    "aria-label": `${title}: curves of the last minutes`,
  });
  const figures = series.map(makeFigure);
  const moment = el("span", { class: "moment" });
  const node = el(
    "section",
    { class: "card chart" },
    el("div", { class: "card-head" }, el("h2", {}, title), moment),
    el("dl", { class: "figures" }, figures),
    plot,
  );
  const show = (index) => {
    const { data } = chart;
    const at = index ?? data[0].length - 1;
    figures.forEach((figure, one) => {
      const value = data[one + 1]?.[at];
      setText(figure.lastChild, value == null ? "–" : format(value));
    });
    const time = index == null ? undefined : data[0][at];
    setText(
      moment,
      time === undefined ? "" : clockTime(time * 1_000).slice(0, 8),
    );
  };
  const chart = new uPlot(
    optionsOf({ series, format, whole, spanMs, show }),
    [[], ...series.map(() => [])],
    plot,
  );
  const fit = new ResizeObserver(([{ contentRect }]) =>
    chart.setSize({ width: Math.max(80, contentRect.width), height: HEIGHT })
  );
  fit.observe(plot);
  const forgetColours = onColours(() => chart.redraw(false, true));
  return {
    node,
    draw(values) {
      chart.setData(withGaps(values));
      if (chart.cursor.idx == null) show();
    },
    end() {
      fit.disconnect();
      forgetColours();
      chart.destroy();
    },
  };
}

function makeFigure({ name, tone }) {
  return el(
    "div",
    { class: "figure" },
    el("dt", { "data-tone": tone }, name),
    el("dd", {}, "–"),
  );
}

/** Calls back when the colours change. @returns A function that ends it. */
function onColours(callback) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", callback);
  addEventListener("themechange", callback);
  return () => {
    dark.removeEventListener("change", callback);
    removeEventListener("themechange", callback);
  };
}

/** Samples of several series as uPlot takes them, with a hole where nobody watched. */
export function withGaps(values) {
  const columns = [[], ...values.map(() => [])];
  (values[0] ?? []).forEach(({ at }, index, samples) => {
    const before = samples[index - 1];
    if (before && at - before.at > GAP_MS) {
      columns[0].push((before.at + 1) / 1_000);
      for (const column of columns.slice(1)) column.push(null);
    }
    columns[0].push(at / 1_000);
    values.forEach((one, at) =>
      columns[at + 1].push(one[index]?.value ?? null)
    );
  });
  return columns;
}

function optionsOf({ series, format, whole, spanMs, show }) {
  const soft = () => colour("--soft");
  const axis = {
    stroke: soft,
    font: "11px system-ui, sans-serif",
    grid: { stroke: () => colour("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: 300,
    height: HEIGHT,
    padding: [8, 0, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: "overview" }, y: false, points: { size: 6 } },
    hooks: { setCursor: [({ cursor }) => show(cursor.idx)] },
    scales: {
      x: {
        range: () => {
          const now = Date.now() / 1_000;
          return [now - spanMs() / 1_000, now];
        },
      },
      y: { range: (_chart, _min, max) => [0, ceiling(max ?? 0)] },
    },
    axes: [
      { ...axis, grid: { show: false }, space: 80, size: 22, values: times },
      {
        ...axis,
        size: 52,
        incrs: whole ? WHOLE : undefined,
        space: 36,
        values: (_chart, ticks) => ticks.map(format),
      },
    ],
    series: [
      {},
      ...series.map(({ name, tone, filled }) => ({
        label: name,
        stroke: () => colour(`--series-${tone}`),
        fill: filled ? () => colour(`--series-${tone}-fill`) : undefined,
        width: 1.5,
        points: { show: false },
      })),
    ],
  };
}

function times(_chart, ticks) {
  return ticks.map((at) => clockTime(at * 1_000).slice(0, 5));
}

function colour(name) {
  // A colour of the scheme in force: `light-dark()` itself is nothing a canvas can draw with.
  probe ??= document.body.appendChild(
    el("span", { class: "unseen", "aria-hidden": "true" }),
  );
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}
let probe;

/** The next of 1, 2, 5, 10, 20 …: a scale that does not change with every sample. */
export function ceiling(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10;
  return step * power;
}
