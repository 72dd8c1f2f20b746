import { address } from "./address.js";
import { get, part } from "./api.js";
import { act, openDialog } from "./dialog.js";
import { button, el, replace } from "./dom.js";
import { bytes, duration, exactTime, pretty, target, words } from "./format.js";
import { badge, outcomeTone } from "./table.js";
import { when } from "./when.js";

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

/** A payload, as text, with its size and a way to copy it. */
export function payloadBlock(payload) {
  const text = pretty(payload);
  const size = bytes(new TextEncoder().encode(text).byteLength);
  return el(
    "section",
    { class: "payload-block" },
    el(
      "div",
      { class: "card-head" },
      el("h3", {}, "Payload"),
      el("span", { class: "hint" }, size),
      button(
        "Copy",
        () => act(() => navigator.clipboard.writeText(text), "Copied"),
        { class: "quiet", "aria-label": "Copy the payload" },
      ),
    ),
    el(
      "pre",
      {
        class: "payload",
        tabindex: 0,
        role: "region",
        "aria-label": "Payload",
      },
      text,
    ),
  );
}

/** A link to a message's conversation, if it has one. */
export function conversationLink(correlationId) {
  if (correlationId === undefined) return undefined;
  return el("a", {
    class: "id",
    href: address("conversations", correlationId),
    title: correlationId,
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
      Id: el("code", {}, message.id),
      Topic: message.topic,
      Accepted: [when(message.timestamp), ` · ${exactTime(message.timestamp)}`],
      Priority: String(message.priority),
      Delivery: message.requiresAck ? "at least once" : "at most once",
      "Time to live": message.ttlMs === undefined
        ? undefined
        : duration(message.ttlMs),
      Conversation: conversationLink(message.correlationId),
      Request: message.requestId,
    }),
    payloadBlock(message.payload),
    message.headers && el("h3", {}, "Headers"),
    message.headers && facts(message.headers),
    el("h3", {}, "Rules that matched"),
    rules.length === 0 ? el("p", { class: "soft" }, "None.") : el(
      "ol",
      { class: "rule-list" },
      rules.map((id) =>
        el(
          "li",
          {},
          el("a", {
            href: address("rules", id),
            onclick: closeDialogs,
          }, id),
        )
      ),
    ),
    el("h3", {}, "Deliveries"),
    deliveryList(message, deliveries),
  ];
}

function deliveryList(message, deliveries) {
  if (deliveries.length === 0) {
    const isReply = message.requestId !== undefined &&
      (message.type === "response" || message.type === "error");
    return el(
      "p",
      { class: "soft" },
      isReply ? "Handed to who had asked." : "Handed to nobody.",
    );
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
    { title: exactTime(startedAt) },
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
