import { get } from "./api.js";
import { button, el, keyed, setText } from "./dom.js";
import { field, select } from "./field.js";
import { clockTime, preview, target } from "./format.js";
import { openMessage } from "./message_dialog.js";
import { Refresh } from "./refresh.js";
import { openSend } from "./send_dialog.js";
import { badge, outcomeTone } from "./table.js";

const SHOWN = 100;
const TYPES = ["direct", "publish", "request", "response", "error", "control"];
const OUTCOMES = [
  "pending",
  "delivered",
  "acked",
  "expired",
  "dead",
  "dropped",
];
const RELEVANT = new Set([
  "message_accepted",
  "delivery_started",
  "delivery_ended",
  "message_dropped",
]);

/** Every message as it comes, newest first, with what became of it. */
export const messagesView = {
  title: "Messages",
  mount(root, { link, parameter }) {
    const filters = makeFilters(parameter);
    const list = el("ol", {
      class: "messages",
      "aria-label": "Messages, newest first",
    });
    const note = el("p", { class: "empty" }, "Loading…");
    const state = el("span", { class: "hint", role: "status" });
    let isPaused = false;
    let lost = 0;
    const refresh = new Refresh(async (isOpen) => {
      if (isPaused) return;
      const entries = await get("messages", {
        limit: SHOWN,
        ...filters.query(),
      });
      if (!isOpen() || isPaused) return;
      drawMessages(list, note, entries.filter(filters.matches));
    }, { everyMs: 5_000 });
    const tell = () =>
      setText(
        state,
        isPaused ? "Paused" : lost > 0 ? `${lost} events were skipped` : "",
      );
    const pause = button("Pause", () => {
      isPaused = !isPaused;
      pause.setAttribute("aria-pressed", String(isPaused));
      tell();
      refresh.soon();
    }, { "aria-pressed": "false" });
    filters.node.addEventListener("input", () => refresh.soon());
    root.append(
      el(
        "div",
        { class: "toolbar" },
        filters.node,
        el(
          "div",
          { class: "buttons" },
          state,
          pause,
          button("Send…", openSend, { class: "primary" }),
        ),
      ),
      el("div", { class: "card flush" }, list, note),
    );
    const offs = [
      link.on("bus", ({ type }) => RELEVANT.has(type) && refresh.soon()),
      link.on("lost", (number) => {
        lost += number;
        tell();
      }),
    ];
    return () => {
      for (const off of offs) off();
      refresh.stop();
    };
  },
};

/** A view's parameter is a topic, or `agent=…`, `topic=…`. */
function makeFilters(parameter) {
  const [name, value] = parameter.includes("=")
    ? splitOnce(parameter)
    : ["topic", parameter];
  const first = { [name]: value };
  const inputs = {
    type: select("Type", choices(TYPES)),
    outcome: select("Outcome", choices(OUTCOMES)),
    agent: field("Agent", { type: "search", value: first.agent ?? "" }),
    topic: field("Topic", { type: "search", value: first.topic ?? "" }),
    text: field("Text", { type: "search", placeholder: "in the payload" }),
  };
  return {
    node: el(
      "div",
      { class: "filters", role: "search" },
      Object.values(inputs).map(({ node }) => node),
    ),
    query: () => ({
      type: inputs.type.value(),
      outcome: inputs.outcome.value(),
      agent: inputs.agent.value(),
      topic: inputs.topic.value(),
    }),
    matches: ({ message }) => {
      const text = inputs.text.value().toLowerCase();
      return text === "" ||
        preview(message.payload, Infinity).toLowerCase().includes(text);
    },
  };
}

function drawMessages(list, note, entries) {
  note.hidden = entries.length > 0;
  setText(note, "No message matches.");
  keyed(list, entries, {
    key: ({ message }) => message.id,
    version: ({ outcome, deliveries }) => `${outcome} ${deliveries.length}`,
    make: messageRow,
  });
}

/** A row that changes keeps its node, and with it the focus. */
function messageRow(entry, row) {
  const { message, outcome, deliveries } = entry;
  if (row) {
    row.querySelector(".outcome").replaceChildren(
      ...outcomeNodes(outcome, deliveries),
    );
    return row;
  }
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", class: "row", onclick: () => openMessage(message.id) },
      el("time", {}, clockTime(message.timestamp)),
      el("span", { class: "type" }, message.type),
      el(
        "span",
        { class: "route" },
        el("b", {}, message.sender),
        " → ",
        el("b", {}, target(message)),
      ),
      el("span", { class: "preview" }, preview(message.payload)),
      el("span", { class: "outcome" }, outcomeNodes(outcome, deliveries)),
    ),
  );
}

function outcomeNodes(outcome, deliveries) {
  const attempts = Math.max(0, ...deliveries.map(({ attempt }) => attempt));
  const again = attempts > 1 ? [badge(`attempt ${attempts}`, "warn")] : [];
  return [...again, badge(outcome, outcomeTone(outcome))];
}

function choices(names) {
  return {
    "": "any",
    ...Object.fromEntries(names.map((name) => [name, name])),
  };
}

function splitOnce(text) {
  const at = text.indexOf("=");
  return [text.slice(0, at), text.slice(at + 1)];
}
