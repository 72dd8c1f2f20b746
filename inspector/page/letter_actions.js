import { get, part, send } from "./api.js";
import { act, confirmed, notify, openDialog } from "./dialog.js";
import { button, el } from "./dom.js";
import { checkbox, field } from "./field.js";
import { amount, pretty, target, words } from "./format.js";
import { parse } from "./send_dialog.js";

const STEPS_MS = 60_000;

/** What can be done to all letters that failed in one way. */
export function groupButtons(group, { changed, canChange }) {
  const { fingerprint, count, reason, agent } = group;
  const what = `${words(reason)}${agent === undefined ? "" : ` at ${agent}`}`;
  return el(
    "div",
    { class: "buttons" },
    canChange && button("Replay in steps…", () => replaySteps(group, changed), {
      "aria-label": `Replay in steps… letters ${what}`,
    }),
    el("a", {
      class: "button",
      href: `api/dead-letters/export?fingerprint=${fingerprint}`,
      download: `dead_letters_${fingerprint}.ndjson`,
      "aria-label": `Export letters ${what}`,
    }, "Export"),
    canChange && button("Discard all", async () => {
      const isSure = await confirmed({
        title: `Discard ${amount(count, "dead letter")}?`,
        text:
          `All that were given up for "${what}" cannot be brought back then.`,
        action: "Discard all",
      });
      if (!isSure) return;
      await act(
        () => send("POST", "dead-letters/discard", { fingerprint }),
        "Discarded",
      );
      changed();
    }, { class: "quiet", "aria-label": `Discard all letters ${what}` }),
  );
}

/** What can be done to one letter. */
export function letterButtons(letter, { changed, canChange }) {
  if (!canChange) return undefined;
  const what = `${letter.message.sender}'s message to ${
    letter.agent ?? target(letter.message)
  }`;
  return el(
    "div",
    { class: "buttons" },
    button("Replay", async () => {
      await act(
        () => send("POST", `dead-letters/${part(letter.id)}/replay`),
        "Sent again",
      );
      changed();
    }, { "aria-label": `Replay ${what}` }),
    button("Edit…", () => edit(letter, changed), {
      "aria-label": `Edit… ${what}, and send it`,
    }),
    button("Discard", () => discard(letter, what, changed), {
      "aria-label": `Discard ${what}`,
      class: "quiet",
    }),
  );
}

async function replaySteps({ fingerprint, count }, changed) {
  const isSure = await confirmed({
    title: `Replay ${amount(count, "dead letter")} in steps?`,
    text:
      "First one, then ten, then the rest, oldest first. It stops after the first step in which one fails again.",
    action: "Replay",
    keep: "Not now",
    tone: "primary",
  });
  if (!isSure) return;
  await act(async () => {
    const report = await send(
      "POST",
      "dead-letters/replay-in-steps",
      { fingerprint },
      STEPS_MS,
    );
    notify(describe(report), report.stopped ? "bad" : "ok");
  });
  changed();
}

function describe({ steps, stopped, left }) {
  const sum = (name) => steps.reduce((total, step) => total + step[name], 0);
  const done = `${amount(sum("handled"), "message")} handled`;
  if (!stopped) return done;
  const why = stopped === "failed"
    ? `${sum("failed")} failed again`
    : `${sum("open")} not finished yet`;
  return `Stopped: ${why}, ${done}, ${left} not tried`;
}

async function discard({ id }, what, changed) {
  const isSure = await confirmed({
    title: "Discard this dead letter?",
    text: `${what} cannot be brought back then.`,
    action: "Discard",
  });
  if (!isSure) return;
  await act(() => send("DELETE", `dead-letters/${part(id)}`), "Discarded");
  changed();
}

/** Lets a person mend a payload; what is sent is a new message. */
function edit({ id }, changed) {
  return act(async () => {
    const { message } = await get(`dead-letters/${part(id)}`);
    const { payload } = message;
    const text = typeof payload === "string"
      ? JSON.stringify(payload)
      : pretty(payload);
    const input = field(
      "Payload (JSON)",
      { rows: 16, value: text },
      "textarea",
    );
    const discardOriginal = checkbox("Discard the original once it is sent");
    const submit = button("Send the edited message", () =>
      act(async () => {
        await send("POST", `dead-letters/${part(id)}/send-edited`, {
          payload: parse("payload", input.value()),
          discardOriginal: discardOriginal.value(),
        }, STEPS_MS);
        dialog.close();
        notify("Sent as a new message");
        changed();
      }), { class: "primary" });
    const dialog = openDialog({
      title: "Edit and send",
      kind: "sheet",
      content: el(
        "div",
        { class: "form" },
        el(
          "p",
          { class: "soft" },
          `A new message from ${message.sender} to ${
            target(message)
          }, in the same conversation. The original stays as it was.`,
        ),
        input.node,
        discardOriginal.node,
      ),
      actions: [submit],
    });
    input.input.focus();
  });
}
