import { el, setText } from "./dom.js";
import { amount, bytes, count, duration, perSecond } from "./format.js";
import { makeLiveChart } from "./live_chart.js";
import { makeMeter } from "./meter.js";

const CHARTS = [
  {
    title: "Messages a second",
    format: perSecond,
    series: [
      series("in", "a", "rates", ({ totalMessages }) => totalMessages, true),
      series("out", "b", "rates", ({ totalDelivered }) => totalDelivered),
    ],
  },
  {
    title: "Trouble a second",
    format: perSecond,
    series: [
      series("failed", "bad", "rates", ({ totalFailed }) => totalFailed, true),
      series("expired", "warn", "rates", ({ totalExpired }) => totalExpired),
      series(
        "tried again",
        "b",
        "rates",
        ({ totalRedelivered }) => totalRedelivered,
      ),
      series("dropped", "c", "rates", ({ totalDropped }) => totalDropped),
    ],
  },
  {
    title: "Accept to handler, each second",
    format: duration,
    series: [
      series(
        "p50",
        "a",
        "values",
        ({ recentLatencyMs }) => recentLatencyMs.p50,
        true,
      ),
      series(
        "p90",
        "c",
        "values",
        ({ recentLatencyMs }) => recentLatencyMs.p90,
      ),
      series(
        "p99",
        "b",
        "values",
        ({ recentLatencyMs }) => recentLatencyMs.p99,
      ),
    ],
  },
  {
    title: "Pending copies",
    format: count,
    whole: true,
    series: [
      series("pending", "a", "values", pendingOf, true),
      series(
        "senders waiting",
        "bad",
        "values",
        ({ backpressure }) => backpressure.waiting,
      ),
    ],
  },
];

/** The curves of the overview, drawn from the pulse. */
export function makeOverviewCharts(uPlot, spanMs) {
  const charts = CHARTS.map((chart) =>
    makeLiveChart(uPlot, { ...chart, spanMs })
  );
  const room = makeRoom();
  charts.at(-1).node.append(room.node);
  return {
    nodes: charts.map(({ node }) => node),
    draw(pulse) {
      charts.forEach((chart, index) =>
        chart.draw(
          CHARTS[index].series.map(({ kind, read }) => pulse[kind](read)),
        )
      );
      if (pulse.latest) room.draw(pulse.latest.backpressure);
    },
    end() {
      for (const chart of charts) chart.end();
    },
  };
}

function series(name, tone, kind, read, filled = false) {
  return { name, tone, kind, read, filled };
}

function pendingOf({ backpressure }) {
  return backpressure.pending;
}

/** How full the bus is, and how often somebody had to wait for room. */
function makeRoom() {
  const meter = makeMeter("Pending copies against the limit", { warns: true });
  const note = el("p", { class: "meter-note" }, "–");
  return {
    node: el("div", { class: "meter-row" }, meter.node, note),
    draw({ pending, maxPending, pendingBytes, totalWaits, totalTimeouts }) {
      meter.draw(pending, maxPending);
      setText(
        note,
        `of ${count(maxPending)}, ${bytes(pendingBytes)} · ${
          amount(totalWaits, "wait")
        }, ${amount(totalTimeouts, "timeout")}`,
      );
    },
  };
}
