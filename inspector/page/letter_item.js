import { get, part } from "./api.js";
import { act } from "./dialog.js";
import { el, replace, setText } from "./dom.js";
import { ago, amount, exactTime, target, words } from "./format.js";
import { letterButtons } from "./letter_actions.js";
import { conversationLink, facts, payloadBlock } from "./message_dialog.js";

/** The one part of a letter that changes as time passes. */
export function timesOf({ attempts, failedAt }) {
  return `${amount(attempts, "attempt")}, ${ago(failedAt)}`;
}

/** One dead letter: in a line, and in full when it is opened. */
export function letterItem(letter, item, context) {
  if (item) {
    setText(item.querySelector("time"), timesOf(letter));
    return item;
  }
  const body = el("div", { class: "letter-body" });
  const fillOnce = () =>
    details.open && body.children.length === 0 && fillBody(body, letter);
  const details = el(
    "details",
    { ontoggle: fillOnce },
    letterSummary(letter),
    body,
  );
  return el("li", {}, details, letterButtons(letter, context));
}

function letterSummary({ message, detail, agent, attempts, failedAt }) {
  return el(
    "summary",
    {},
    el(
      "span",
      { class: "route" },
      el("b", {}, message.sender),
      " → ",
      el("b", {}, agent ?? target(message)),
    ),
    el("span", { class: "preview" }, detail ?? ""),
    el("time", { title: exactTime(failedAt) }, timesOf({ attempts, failedAt })),
  );
}

/** The whole payload is fetched when a person asks for it. */
function fillBody(body, { id, reason, detail, agent, attempts, failedAt }) {
  return act(async () => {
    const { message } = await get(`dead-letters/${part(id)}`);
    replace(
      body,
      payloadBlock(message.payload),
      facts({
        Reason: words(reason),
        Detail: detail,
        Agent: agent,
        Attempts: String(attempts),
        "Given up": exactTime(failedAt),
        Accepted: exactTime(message.timestamp),
        Type: message.type,
        Topic: message.topic,
        Priority: String(message.priority),
        Conversation: conversationLink(message.correlationId),
        Message: message.id,
      }),
    );
  });
}
