import { get, part, send } from "./api.js";
import { act, confirmed } from "./dialog.js";
import { button, el, keyed, replace, setText } from "./dom.js";
import { ago, clockTime, count, target, words } from "./format.js";
import { conversationLink, facts, payloadBlock } from "./message_dialog.js";
import { Refresh } from "./refresh.js";
import { badge } from "./table.js";

const SHOWN = 200;
const RELEVANT = new Set(["dead_letter_added", "dead_letter_removed"]);

/** What could not be handled, grouped by why; each can be looked at, sent again or forgotten. */
export const deadLettersView = {
  title: "Dead letters",
  mount(root, { link, parameter }) {
    let reason = parameter;
    const chips = el("div", {
      class: "chips",
      role: "group",
      "aria-label": "Reason",
    });
    const list = el("ul", {
      class: "letters",
      "aria-label": "Dead letters, newest first",
    });
    const note = el("p", { class: "empty" }, "Loading…");
    const choose = (chosen) => {
      reason = chosen;
      refresh.soon();
    };
    const replayAll = button(
      "Replay all shown",
      () => replayMany(reason, changed),
    );
    const refresh = new Refresh(async (isOpen) => {
      const all = await get("dead-letters", { limit: 1_000 });
      if (!isOpen()) return;
      const shown = reason === ""
        ? all
        : all.filter((letter) => letter.reason === reason);
      drawChips(chips, all, reason, choose);
      drawLetters(list, shown, changed);
      setText(
        note,
        all.length === 0
          ? "No dead letters: everything found its way."
          : "No dead letter has this reason.",
      );
      note.hidden = shown.length > 0;
      replayAll.disabled = shown.length === 0;
    });
    const changed = () => refresh.soon();
    root.append(
      el(
        "div",
        { class: "toolbar" },
        chips,
        el("div", { class: "buttons" }, replayAll),
      ),
      el("div", { class: "card flush" }, list, note),
    );
    const off = link.on("bus", ({ type }) => RELEVANT.has(type) && changed());
    return () => {
      off();
      refresh.stop();
    };
  },
};

function drawChips(node, letters, chosen, choose) {
  const counts = new Map([["", letters.length]]);
  for (const { reason } of letters) {
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  if (!counts.has(chosen)) counts.set(chosen, 0);
  const rows = [...counts].map(([reason, number]) => ({
    reason,
    number,
    isChosen: reason === chosen,
  }));
  keyed(node, rows, {
    key: ({ reason }) => reason,
    make: ({ reason, number, isChosen }) =>
      button(
        `${reason === "" ? "all" : words(reason)} ${count(number)}`,
        () => choose(reason),
        {
          class: "chip",
          "aria-pressed": String(isChosen),
        },
      ),
  });
}

function drawLetters(list, letters, changed) {
  keyed(list, letters.slice(0, SHOWN), {
    key: ({ id }) => id,
    version: timesOf,
    make: (letter, item) => letterItem(letter, item, changed),
  });
}

/** The one part of a letter that changes as time passes. */
function timesOf({ attempts, failedAt }) {
  const noun = attempts === 1 ? "attempt" : "attempts";
  return `${count(attempts)} ${noun}, ${ago(failedAt)}`;
}

function letterItem(letter, item, changed) {
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
  return el("li", {}, details, letterButtons(letter, changed));
}

function letterSummary({ message, reason, detail, agent, attempts, failedAt }) {
  return el(
    "summary",
    {},
    badge(words(reason), "bad"),
    el(
      "span",
      { class: "route" },
      el("b", {}, message.sender),
      " → ",
      el("b", {}, agent ?? target(message)),
    ),
    el("span", { class: "preview" }, detail ?? ""),
    el("time", { title: clockTime(failedAt) }, timesOf({ attempts, failedAt })),
  );
}

function letterButtons(letter, changed) {
  const what = `${letter.message.sender}'s message to ${
    letter.agent ?? target(letter.message)
  }`;
  return el(
    "div",
    { class: "buttons" },
    button("Replay", () => replay(letter.id, changed), {
      "aria-label": `Replay ${what}`,
    }),
    button("Discard", () => discard(letter, changed), {
      "aria-label": `Discard ${what}`,
      class: "quiet",
    }),
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
        Attempts: attempts,
        "Given up": clockTime(failedAt),
        Accepted: clockTime(message.timestamp),
        Type: message.type,
        Topic: message.topic,
        Priority: message.priority,
        Conversation: conversationLink(message.correlationId),
        Message: message.id,
      }),
    );
  });
}

async function replay(id, changed) {
  await act(
    () => send("POST", `dead-letters/${part(id)}/replay`),
    "Sent again",
  );
  changed();
}

async function discard({ id, message, agent }, changed) {
  const isSure = await confirmed({
    title: "Discard this dead letter?",
    text: `${message.sender}'s message to ${
      agent ?? target(message)
    } cannot be brought back then.`,
    action: "Discard",
  });
  if (!isSure) return;
  await act(() => send("DELETE", `dead-letters/${part(id)}`), "Discarded");
  changed();
}

async function replayMany(reason, changed) {
  const isSure = await confirmed({
    title: "Replay all of them?",
    text: reason === ""
      ? "Every dead letter's message is sent again."
      : `Every message with the reason "${words(reason)}" is sent again.`,
    action: "Replay all",
  });
  if (!isSure) return;
  const body = reason === "" ? {} : { reason };
  await act(
    () => send("POST", "dead-letters/replay", body, 60_000),
    "Sent again",
  );
  changed();
}
