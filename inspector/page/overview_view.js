import { get } from "./api.js";
import { makeChart, makeMeter } from "./chart.js";
import { el, keyed, replace, setText } from "./dom.js";
import { bytes, count, duration, perSecond, words } from "./format.js";
import { findProblems } from "./problems.js";
import { Refresh } from "./refresh.js";

const SHOWN_TOPICS = 8;

/** What is wrong first; then how much goes through, how fast, and what is left lying. */
export const overviewView = {
  title: "Overview",
  mount(root, { link, pulse }) {
    const problems = el("ul", {
      class: "problems",
      "aria-label": "What needs attention",
    });
    const charts = makeCharts();
    const reasons = makeBars("Dead letters by reason", "No dead letters");
    const topics = makeBars("Busiest topics", "No topic has been used yet");
    const totals = el("dl", { class: "totals" });
    root.append(
      problems,
      el("div", { class: "grid charts" }, charts.nodes),
      el("div", { class: "grid halves" }, reasons.node, topics.node),
      el(
        "section",
        { class: "card" },
        el("h2", {}, "Since the bus was made"),
        totals,
      ),
    );
    const draw = () => {
      charts.draw(pulse);
      if (pulse.latest) drawTotals(totals, pulse.latest);
    };
    draw();
    const refresh = new Refresh(async (isOpen) => {
      const loaded = await loadAll();
      if (!isOpen()) return;
      drawProblems(problems, {
        ...loaded,
        growth: growthOf(pulse),
        now: Date.now(),
      });
      reasons.draw(byReason(loaded.letters), "dead-letters");
      topics.draw(busiest(loaded.stats.perTopic), "messages");
    }, { everyMs: 3_000 });
    const offStats = link.on("stats", draw);
    return () => {
      offStats();
      refresh.stop();
    };
  },
};

async function loadAll() {
  const [stats, agents, letters, requests] = await Promise.all([
    get("stats"),
    get("agents"),
    get("dead-letters", { limit: 1_000 }),
    get("requests"),
  ]);
  return { stats, agents, letters, requests };
}

function makeCharts() {
  const messages = makeChart({
    title: "Messages a second",
    series: [{ name: "accepted", tone: "a" }, {
      name: "delivered",
      tone: "b",
      filled: false,
    }],
    format: perSecond,
  });
  const latency = makeChart({
    title: "Accept to handler",
    series: [{ name: "p50", tone: "a" }, {
      name: "p99",
      tone: "b",
      filled: false,
    }],
    format: duration,
  });
  const pending = makeChart({
    title: "Pending",
    series: [{ name: "copies", tone: "a" }],
    format: count,
  });
  const meter = makeMeter("Pending copies against the limit", { warns: true });
  const limit = el("p", { class: "meter-note" }, "–");
  pending.node.append(el("div", { class: "meter-row" }, meter.node, limit));
  return {
    nodes: [messages.node, latency.node, pending.node],
    draw(pulse) {
      messages.draw([
        pulse.rates(({ totalMessages }) => totalMessages),
        pulse.rates(({ totalDelivered }) => totalDelivered),
      ]);
      latency.draw([
        pulse.values(({ latencyMs }) => latencyMs.p50),
        pulse.values(({ latencyMs }) => latencyMs.p99),
      ]);
      pending.draw([pulse.values(({ backpressure }) => backpressure.pending)]);
      const full = pulse.latest?.backpressure;
      if (!full) return;
      meter.draw(full.pending, full.maxPending);
      setText(
        limit,
        `of ${count(full.maxPending)}, ${bytes(full.pendingBytes)}`,
      );
    },
  };
}

/** A list of bars, the longest first. */
function makeBars(title, empty) {
  const list = el("ul", { class: "bars" });
  const note = el("p", { class: "empty" }, empty);
  const makeBar = ({ name, text, value, share, view }) => {
    const meter = makeMeter(text);
    meter.draw(share, 1);
    return el(
      "li",
      {},
      el("a", { href: `#/${view}/${encodeURIComponent(name)}` }, text),
      el("span", { class: "value" }, count(value)),
      meter.node,
    );
  };
  return {
    node: el("section", { class: "card" }, el("h2", {}, title), list, note),
    draw(items, view) {
      const max = items[0]?.value ?? 1;
      note.hidden = items.length > 0;
      const rows = items.map((item) => ({
        ...item,
        view,
        share: item.value / max,
      }));
      keyed(list, rows, { key: ({ name }) => name, make: makeBar });
    },
  };
}

function drawProblems(list, state) {
  const found = findProblems(state);
  const rows = found.length > 0
    ? found
    : [{ level: "ok", text: "Nothing needs attention" }];
  keyed(list, rows, {
    key: ({ text }) => text,
    make: ({ level, text, view }) =>
      el(
        "li",
        { "data-level": level },
        view ? el("a", { href: `#/${view}` }, text) : text,
      ),
  });
}

function growthOf(pulse) {
  return {
    refused: pulse.growth(({ totalRefused }) => totalRefused),
    stale: pulse.growth(({ staleSettlements }) => staleSettlements),
    late: pulse.growth(({ lateReplies }) => lateReplies),
  };
}

function byReason(letters) {
  const counts = new Map();
  for (const { reason } of letters) {
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].map(([name, value]) => ({
    name,
    text: words(name),
    value,
  }))
    .sort((a, b) => b.value - a.value);
}

function busiest(perTopic) {
  return Object.entries(perTopic).map(([name, value]) => ({
    name,
    text: name,
    value,
  }))
    .sort((a, b) => b.value - a.value).slice(0, SHOWN_TOPICS);
}

function drawTotals(list, stats) {
  const figures = {
    Accepted: stats.totalMessages,
    Delivered: stats.totalDelivered,
    Acknowledged: stats.totalAcked,
    "Handed out again": stats.totalRedelivered,
    Failed: stats.totalFailed,
    Expired: stats.totalExpired,
    Dropped: stats.totalDropped,
    Refused: stats.totalRefused,
  };
  if (list.children.length === 0) {
    replace(
      list,
      Object.keys(figures).map((name) =>
        el("div", {}, el("dt", {}, name), el("dd", {}))
      ),
    );
  }
  Object.values(figures).forEach((value, index) => {
    setText(list.children[index].lastChild, count(value));
  });
}
