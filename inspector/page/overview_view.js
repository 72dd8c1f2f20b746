import { address } from "./address.js";
import { get } from "./api.js";
import { makeBars, topOf } from "./bars.js";
import { loadChartLibrary } from "./chart_script.js";
import { act } from "./dialog.js";
import { el, keyed, replace, setText } from "./dom.js";
import { amount, bytes, count, words } from "./format.js";
import { findProblems } from "./problems.js";
import { Refresh } from "./refresh.js";

const SHOWN = 6;
const SPANS = { "1 min": 60_000, "5 min": 300_000, "15 min": 900_000 };
const VERDICTS = {
  ok: "All is well",
  warn: "Worth a look",
  bad: "Needs attention",
};

/** Whether all is well, and if not, where; then how much goes through, how fast, and what is left lying. */
export const view = {
  title: "Overview",
  mount(root, { link, pulse }) {
    let spanMs = 300_000;
    const { verdict, frame, lists, totals, store } = makeParts(
      root,
      spanChoice(spanMs, (chosen) => {
        spanMs = chosen;
        draw();
      }),
    );
    let charts;
    const draw = () => {
      charts?.draw(pulse);
      if (!pulse.latest) return;
      drawTotals(totals, pulse.latest);
      setText(store, storeText(pulse.latest));
    };
    const ending = loadCharts(frame, () => spanMs, (made) => {
      charts = made;
      draw();
    });
    const refresh = new Refresh(async (isOpen) => {
      const loaded = await loadAll();
      if (!isOpen()) return;
      verdict.draw({ ...loaded, growth: growthOf(pulse), now: Date.now() });
      lists.draw(loaded);
      draw();
    }, { everyMs: 3_000 });
    const offs = [
      link.on("stats", draw),
      link.on(
        "bus",
        ({ type }) => type === "dead_letter_added" && refresh.soon(),
      ),
    ];
    return () => {
      for (const off of offs) off();
      refresh.stop();
      ending();
    };
  },
};

function makeParts(root, spans) {
  const verdict = makeVerdict();
  const frame = el("div", { class: "grid charts" });
  const lists = makeLists();
  const totals = el("dl", { class: "totals" });
  const store = el("p", { class: "hint" });
  root.append(
    verdict.node,
    el(
      "div",
      { class: "toolbar" },
      el("h2", { class: "section" }, "Now"),
      spans,
    ),
    frame,
    el("div", { class: "grid quarters" }, lists.nodes),
    el(
      "section",
      { class: "card" },
      el("h2", {}, "Since the bus was made"),
      totals,
      store,
    ),
  );
  return { verdict, frame, lists, totals, store };
}

/** The curves come after everything else: their library is the largest file of the page. */
function loadCharts(frame, spanMs, onMade) {
  let isLeft = false;
  let charts;
  frame.append(
    ...Array.from({ length: 4 }, () => el("div", { class: "card chart" })),
  );
  const loading = [loadChartLibrary(), import("./overview_charts.js")];
  act(async () => {
    const [uPlot, { makeOverviewCharts }] = await Promise.all(loading);
    if (isLeft) return;
    charts = makeOverviewCharts(uPlot, spanMs);
    replace(frame, charts.nodes);
    onMade(charts);
  });
  return () => {
    isLeft = true;
    charts?.end();
  };
}

async function loadAll() {
  const [stats, agents, groups, requests, traffic] = await Promise.all([
    get("stats"),
    get("agents"),
    get("dead-letters/groups"),
    get("requests"),
    get("traffic"),
  ]);
  return { stats, agents, groups, requests, traffic };
}

function makeVerdict() {
  const title = el("p", { class: "verdict-title", role: "status" }, "Looking…");
  const list = el("ul", {
    class: "problems",
    "aria-label": "What needs attention",
  });
  const node = el("section", { class: "verdict" }, title, list);
  return {
    node,
    draw(state) {
      const found = findProblems(state);
      const level = found[0]?.level ?? "ok";
      node.dataset.level = level;
      setText(title, VERDICTS[level]);
      const calm = {
        level: "ok",
        text:
          "Messages find their handlers, nobody waits for room, and nothing is left lying.",
      };
      keyed(list, found.length > 0 ? found : [calm], {
        key: ({ text, view }) => view ?? text,
        make: problemItem,
      });
    },
  };
}

/** An item that changes keeps its node, and with it the focus. */
function problemItem({ level, text, view }, item) {
  if (item && item.dataset.level === level) {
    setText(item.firstElementChild ?? item, text);
    return item;
  }
  return el(
    "li",
    { "data-level": level },
    view ? el("a", { href: address(view) }, text) : text,
  );
}

function spanChoice(chosen, onChoice) {
  const group = el("div", {
    class: "segments",
    role: "group",
    "aria-label": "Time shown",
  });
  for (const [text, spanMs] of Object.entries(SPANS)) {
    group.append(el("button", {
      type: "button",
      "aria-pressed": String(spanMs === chosen),
      onclick: ({ currentTarget }) => {
        for (const one of group.children) {
          one.setAttribute("aria-pressed", String(one === currentTarget));
        }
        onChoice(spanMs);
      },
    }, text));
  }
  return group;
}

function makeLists() {
  const causes = makeBars({
    title: "Dead letters by cause",
    empty: "No dead letters",
    unit: "dead letters",
  });
  const topics = makeBars({
    title: "Busiest topics",
    empty: "No topic has been used yet",
    unit: "messages",
  });
  const senders = makeBars({
    title: "Busiest senders",
    empty: "Nobody has sent anything yet",
    unit: "messages",
  });
  const agents = makeBars({
    title: "Busiest agents, last minute",
    empty: "Nobody was handed anything",
    unit: "deliveries",
  });
  return {
    nodes: [causes, agents, senders, topics].map(({ node }) => node),
    draw({ stats, groups, traffic }) {
      const message = { most: SHOWN, view: "messages" };
      causes.draw(causesOf(groups));
      topics.draw(topOf(stats.perTopic, { ...message, field: "topic" }));
      senders.draw(topOf(stats.perSender, { ...message, field: "agent" }));
      const handled = Object.fromEntries(
        traffic.agents.map(({ name, handled }) => [name, handled]),
      );
      agents.draw(topOf(handled, { ...message, field: "agent" }));
    },
  };
}

function causesOf(groups) {
  const counts = {};
  for (const { reason, count } of groups) {
    counts[reason] = (counts[reason] ?? 0) + count;
  }
  const options = { most: SHOWN, view: "dead-letters", field: "reason" };
  return topOf(counts, options).map((one) => ({
    ...one,
    text: words(one.name),
  }));
}

function growthOf(pulse) {
  const growth = (read) => pulse.latest ? pulse.growth(read) : 0;
  return {
    refused: growth(({ totalRefused }) => totalRefused),
    stale: growth(({ staleSettlements }) => staleSettlements),
    late: growth(({ lateReplies }) => lateReplies),
    timeouts: growth(({ backpressure }) => backpressure.totalTimeouts),
  };
}

/** What outlives the process, and whether it is kept now. */
function storeText({ store, health }) {
  if (!store) {
    return "Nothing is kept beyond the process: the bus has no store.";
  }
  const size = `${amount(store.records, "record")}, ${bytes(store.bytes)}`;
  return `Kept in ${store.name}: ${size}${
    health.ready ? "" : `; not ready, as ${health.problem}`
  }.`;
}

function drawTotals(list, stats) {
  const figures = {
    Accepted: stats.totalMessages,
    Delivered: stats.totalDelivered,
    Acknowledged: stats.totalAcked,
    "Tried again": stats.totalRedelivered,
    Failed: stats.totalFailed,
    Expired: stats.totalExpired,
    Dropped: stats.totalDropped,
    Refused: stats.totalRefused,
    "Late replies": stats.lateReplies,
    "Broken connections": stats.connectionErrors,
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
    const node = list.children[index].lastChild;
    setText(node, count(value));
    node.title = String(value);
  });
}
