import { send } from "./api.js";
import { act } from "./dialog.js";
import { button, el, replace } from "./dom.js";
import { field, select } from "./field.js";
import { facts } from "./message_dialog.js";

/** Asks which rules a message would match, and what they would do. Nothing is sent. */
export function makeRuleProbe() {
  const inputs = {
    type: select("Type", {
      direct: "direct",
      publish: "publish",
      request: "request",
    }),
    sender: field("Sender", { value: "inspector" }),
    recipient: field("Recipient"),
    topic: field("Topic"),
  };
  const answer = el("div", { role: "status" });
  const form = el(
    "form",
    {
      class: "filters",
      onsubmit: (event) => {
        event.preventDefault();
        act(async () => {
          const probe = Object.fromEntries(
            Object.entries(inputs).map(([name, input]) => [name, input.value()])
              .filter(([, value]) => value !== ""),
          );
          replace(answer, describe(await send("POST", "rules/match", probe)));
        });
      },
    },
    Object.values(inputs).map(({ node }) => node),
    button("Ask", () => {}, { type: "submit", class: "ask" }),
  );
  return el(
    "section",
    { class: "card probe" },
    el("h2", {}, "Which rules would a message match?"),
    form,
    answer,
  );
}

function describe({ rules, handlers, priority, forwards, republishes, end }) {
  if (rules.length === 0) {
    return el("p", { class: "soft" }, "None: it goes where it is sent.");
  }
  const list = (names) => names.length > 0 ? names.join(", ") : undefined;
  return facts({
    "Rules, in order": list(rules),
    "Handlers run": list(handlers),
    Priority: String(priority),
    "Copies to": list(forwards),
    "Published to": list(republishes),
    "The message itself": end === undefined
      ? "is delivered"
      : end.kind === "drop"
      ? `is dropped by ${end.ruleId}`
      : `becomes a dead letter by ${end.ruleId}: ${end.reason}`,
  });
}
