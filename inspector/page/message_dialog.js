import { get, part } from "./api.js";
import { act, openDialog } from "./dialog.js";
import { el, replace } from "./dom.js";
import { clockTime, duration, pretty, target, words } from "./format.js";
import { badge, outcomeTone } from "./table.js";

/** Shows one message with its whole payload and what became of it. */
export function openMessage(id) {
  const content = el(
    "div",
    { class: "message-detail" },
    el("p", { class: "empty" }, "Loading…"),
  );
  openDialog({ title: "Message", kind: "sheet", content });
  return act(async () => {
    const entry = await get(`messages/${part(id)}`);
    replace(content, describe(entry));
  });
}

/** The facts of a message, as a list of names and values. */
export function facts(pairs) {
  const rows = Object.entries(pairs).filter(([, value]) => value !== undefined);
  return el(
    "dl",
    { class: "facts" },
    rows.map(([name, value]) =>
      el("div", {}, el("dt", {}, name), el("dd", {}, value))
    ),
  );
}

/** A payload, as text. */
export function payloadBlock(payload) {
  return el(
    "pre",
    { class: "payload", tabindex: 0, "aria-label": "Payload" },
    pretty(payload),
  );
}

/** A link to a message's conversation, if it has one. */
export function conversationLink(correlationId) {
  if (correlationId === undefined) return undefined;
  return el("a", {
    class: "id",
    href: `#/conversations/${encodeURIComponent(correlationId)}`,
    onclick: closeDialogs,
  }, correlationId);
}

function describe({ message, outcome, deliveries, rules }) {
  return [
    el(
      "p",
      { class: "message-line" },
      badge(message.type),
      el("strong", {}, message.sender),
      " → ",
      el("strong", {}, target(message)),
      badge(outcome, outcomeTone(outcome)),
    ),
    facts({
      Id: message.id,
      Topic: message.topic,
      Accepted: clockTime(message.timestamp),
      Priority: message.priority,
      Delivery: message.requiresAck ? "at least once" : "at most once",
      "Time to live": message.ttlMs === undefined
        ? undefined
        : duration(message.ttlMs),
      Conversation: conversationLink(message.correlationId),
      Request: message.requestId,
      Rules: rules.length > 0 ? rules.join(", ") : undefined,
    }),
    message.headers && el("h3", {}, "Headers"),
    message.headers && facts(message.headers),
    el("h3", {}, "Payload"),
    payloadBlock(message.payload),
    el("h3", {}, "Deliveries"),
    deliveryList(message, deliveries),
  ];
}

function deliveryList(message, deliveries) {
  if (deliveries.length === 0) {
    return el("p", { class: "empty" }, "Handed to nobody.");
  }
  return el(
    "ol",
    { class: "deliveries" },
    deliveries.map((delivery) => deliveryItem(message, delivery)),
  );
}

function deliveryItem(
  message,
  { agent, attempt, startedAt, endedAt, outcome, error },
) {
  const took = endedAt === undefined
    ? "in hand"
    : `took ${duration(endedAt - startedAt)}`;
  const after = `after ${duration(Math.max(0, startedAt - message.timestamp))}`;
  const tone = outcome === "acked"
    ? "ok"
    : outcome === undefined
    ? "plain"
    : "bad";
  return el(
    "li",
    {},
    el("strong", {}, agent),
    ` attempt ${attempt}, ${after}, ${took} `,
    badge(words(outcome ?? "in hand"), tone),
    error !== undefined && el("p", { class: "error" }, error),
  );
}

function closeDialogs() {
  for (const dialog of document.querySelectorAll("dialog[open]")) {
    dialog.close();
  }
}
