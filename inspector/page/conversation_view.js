import { address } from "./address.js";
import { get, part } from "./api.js";
import { download } from "./download.js";
import { button, el, replace, setText } from "./dom.js";
import { field } from "./field.js";
import { amount, count, duration } from "./format.js";
import { HeldList } from "./held_list.js";
import { Refresh } from "./refresh.js";
import { diagramFile, sequenceDiagram } from "./sequence_diagram.js";
import { badge, makeTable, outcomeTone } from "./table.js";
import { when } from "./when.js";

const LOOKED_AT = 1_000;
const SHOWN = 100;
const WORST_FIRST = [
  "dead",
  "expired",
  "dropped",
  "pending",
  "delivered",
  "acked",
];

/** One conversation as a sequence diagram, or the latest ones to choose from. */
export const view = {
  title: "Conversations",
  mount(root, { link, parameter }) {
    return parameter === ""
      ? mountList(root, link)
      : mountOne(root, link, parameter);
  },
};

function mountList(root, link) {
  const search = field("Search", { type: "search", "data-search": "" });
  const table = makeTable({
    caption: "Conversations, the latest first",
    columns: COLUMNS,
    key: ({ correlationId }) => correlationId,
    empty:
      "No message that is remembered belongs to such a conversation: only messages with a correlation id do.",
  });
  const held = new HeldList(({ correlationId }) => correlationId);
  const fresh = button("", () => {
    held.release();
    draw();
  }, { hidden: true });
  root.append(listTools(search, fresh), table.node);
  const draw = () => {
    const text = search.value().toLowerCase();
    const found = held.items.filter(({ correlationId, agents }) =>
      [correlationId, ...agents].some((name) =>
        name.toLowerCase().includes(text)
      )
    );
    table.draw(found.slice(0, SHOWN));
    fresh.hidden = held.waiting === 0;
    setText(fresh, `${amount(held.waiting, "new conversation")} ↑`);
  };
  search.input.addEventListener("input", draw);
  const refresh = new Refresh(async (isOpen) => {
    const entries = await get("messages", {
      limit: LOOKED_AT,
      payloadBytes: 0,
    });
    if (!isOpen()) return;
    held.take(group(entries));
    draw();
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

function listTools(search, fresh) {
  const note = `Of the latest ${count(LOOKED_AT)} messages`;
  return el(
    "div",
    { class: "toolbar" },
    el("div", { class: "filters", role: "search" }, search.node),
    el("div", { class: "buttons" }, fresh, el("p", { class: "hint" }, note)),
  );
}

function mountOne(root, link, correlationId) {
  const summary = el("p", { class: "hint" }, "Loading…");
  const frame = el("div", {
    class: "card sequence-frame",
    tabindex: 0,
    role: "region",
    "aria-label": "Sequence diagram",
  });
  let entries = [];
  root.append(
    el(
      "p",
      { class: "crumbs" },
      el("a", { href: address("conversations") }, "All conversations"),
      " / ",
      el("code", {}, correlationId),
    ),
    el(
      "div",
      { class: "toolbar" },
      summary,
      exportButtons(correlationId, frame, () => entries),
    ),
    frame,
  );
  let drawn = "";
  const refresh = new Refresh(async (isOpen) => {
    const loaded = await get(`conversations/${part(correlationId)}`);
    const version = JSON.stringify(loaded);
    // A diagram that is drawn again loses the focus inside it.
    if (!isOpen() || version === drawn) return;
    drawn = version;
    entries = loaded;
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

function exportButtons(correlationId, frame, read) {
  const name = `conversation_${correlationId.replaceAll(/[^\w-]/g, "_")}`;
  return el(
    "div",
    { class: "buttons" },
    button("Save as SVG", () => {
      const diagram = frame.querySelector("svg");
      if (diagram) {
        download(`${name}.svg`, "image/svg+xml", diagramFile(diagram));
      }
    }),
    button(
      "Save as JSON",
      () =>
        download(
          `${name}.json`,
          "application/json",
          JSON.stringify(read(), null, 2),
        ),
    ),
    el("a", {
      class: "button",
      href: address("messages", "", { correlationId }),
    }, "As a list"),
  );
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
        href: address("conversations", correlationId),
      }, correlationId),
  },
  {
    title: "Started",
    align: "right",
    cell: ({ startedAt }) => when(startedAt),
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
  return `${amount(entries.length, "message")} in ${
    duration(lastedMs)
  }${shown}`;
}
