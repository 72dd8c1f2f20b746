import { get, part } from "./api.js";
import { el, replace, setText } from "./dom.js";
import { clockTime, count, duration } from "./format.js";
import { Refresh } from "./refresh.js";
import { sequenceDiagram } from "./sequence_diagram.js";
import { badge, makeTable, outcomeTone } from "./table.js";

const LOOKED_AT = 1_000;
const WORST_FIRST = [
  "dead",
  "expired",
  "dropped",
  "pending",
  "delivered",
  "acked",
];

/** One conversation as a sequence diagram, or the latest ones to choose from. */
export const conversationView = {
  title: "Conversations",
  mount(root, { link, parameter }) {
    return parameter === ""
      ? mountList(root, link)
      : mountOne(root, link, parameter);
  },
};

function mountList(root, link) {
  const table = makeTable({
    caption: "Conversations, the latest first",
    columns: COLUMNS,
    key: ({ correlationId }) => correlationId,
    empty:
      "No message that is remembered belongs to a conversation: none has a correlation id.",
  });
  root.append(table.node);
  const refresh = new Refresh(async (isOpen) => {
    const entries = await get("messages", { limit: LOOKED_AT });
    if (isOpen()) table.draw(group(entries).slice(0, 100));
  }, { everyMs: 4_000 });
  const off = link.on(
    "bus",
    ({ type }) => type === "message_accepted" && refresh.soon(),
  );
  return () => {
    off();
    refresh.stop();
  };
}

function mountOne(root, link, correlationId) {
  const summary = el("p", { class: "hint" }, "Loading…");
  const frame = el("div", {
    class: "card sequence-frame",
    tabindex: 0,
    "aria-label": "Sequence diagram",
  });
  root.append(
    el(
      "p",
      { class: "crumbs" },
      el("a", { href: "#/conversations" }, "All conversations"),
      " / ",
      el("code", {}, correlationId),
    ),
    summary,
    frame,
  );
  let drawn = "";
  const refresh = new Refresh(async (isOpen) => {
    const entries = await get(`conversations/${part(correlationId)}`);
    const version = JSON.stringify(entries);
    // A diagram that is drawn again loses the focus inside it.
    if (!isOpen() || version === drawn) return;
    drawn = version;
    setText(summary, describe(entries));
    replace(
      frame,
      entries.length > 0
        ? sequenceDiagram(entries)
        : el("p", { class: "empty" }, "Nothing is remembered of it."),
    );
  });
  const off = link.on(
    "bus",
    (event) => concerns(event, correlationId) && refresh.soon(),
  );
  return () => {
    off();
    refresh.stop();
  };
}

/** Deliveries do not say which conversation they are of, so each one may be. */
function concerns(event, correlationId) {
  return event.type === "delivery_ended" ||
    event.message?.correlationId === correlationId;
}

const COLUMNS = [
  {
    title: "Conversation",
    cell: ({ correlationId }) =>
      el("a", {
        class: "id",
        href: `#/conversations/${encodeURIComponent(correlationId)}`,
      }, correlationId),
  },
  {
    title: "Started",
    align: "right",
    cell: ({ startedAt }) => clockTime(startedAt),
  },
  {
    title: "Lasted",
    align: "right",
    cell: ({ startedAt, endedAt }) => duration(endedAt - startedAt),
  },
  {
    title: "Messages",
    align: "right",
    cell: ({ messages }) => count(messages),
  },
  { title: "Agents", cell: ({ agents }) => agents.map((name) => badge(name)) },
  {
    title: "Worst outcome",
    cell: ({ worst }) => badge(worst, outcomeTone(worst)),
  },
];

function group(entries) {
  const found = new Map();
  for (const { message, outcome, deliveries } of entries) {
    const { correlationId, timestamp } = message;
    if (correlationId === undefined) continue;
    const known = found.get(correlationId) ??
      {
        correlationId,
        messages: 0,
        agents: new Set(),
        endedAt: timestamp,
        outcomes: new Set(),
      };
    known.messages++;
    known.startedAt = timestamp;
    known.outcomes.add(outcome);
    for (
      const name of [
        message.sender,
        ...deliveries.map(({ agent }) => agent),
      ]
    ) known.agents.add(name);
    found.set(correlationId, known);
  }
  return [...found.values()].map(({ agents, outcomes, ...rest }) => ({
    ...rest,
    agents: [...agents].slice(0, 8),
    worst: WORST_FIRST.find((outcome) => outcomes.has(outcome)) ?? "pending",
  }));
}

function describe(entries) {
  if (entries.length === 0) return "";
  const lastedMs = entries.at(-1).message.timestamp -
    entries[0].message.timestamp;
  const shown = entries.length > 200
    ? ", of which the first 200 are drawn"
    : "";
  return `${count(entries.length)} messages in ${duration(lastedMs)}${shown}`;
}
