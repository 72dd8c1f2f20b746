import { send } from "./api.js";
import { act, openDialog } from "./dialog.js";
import { button, el } from "./dom.js";
import { checkbox, field, select } from "./field.js";

/** What an action needs to know, and how that is named in the rule. */
const ACTIONS = {
  "": undefined,
  forward: { label: "Recipient", name: "recipient" },
  republish: { label: "New topic", name: "topic" },
  "set-priority": { label: "New priority (0 to 100)", name: "priority" },
  drop: undefined,
  "dead-letter": { label: "Reason", name: "reason" },
};
const CHOICES = {
  "": "only count",
  forward: "copy to another agent",
  republish: "publish to another topic",
  "set-priority": "set the priority",
  drop: "drop",
  "dead-letter": "make it a dead letter",
};
const TYPES = {
  "": "any",
  direct: "direct",
  publish: "publish",
  request: "request",
  response: "response",
};

/** Lets a person add a rule. */
export function openRuleForm(changed) {
  const inputs = {
    id: field("Id", { required: true, placeholder: "urgent-first" }),
    priority: field("Priority (higher is tried first)", {
      type: "number",
      min: 0,
      max: 100,
      value: 50,
    }),
    type: select("Type is", TYPES),
    sender: field("Sender matches", { placeholder: "any" }),
    recipient: field("Recipient matches", { placeholder: "any" }),
    topic: field("Topic matches", { placeholder: "jobs.* or jobs.>" }),
    kind: select("Then", CHOICES),
    detail: field("Recipient"),
    handler: field("Run registered handler", { placeholder: "none" }),
    final: checkbox("Look at no later rule"),
  };
  const sync = () => {
    const need = ACTIONS[inputs.kind.value()];
    inputs.detail.node.hidden = need === undefined;
    inputs.detail.node.querySelector("label").textContent = need?.label ?? "";
  };
  inputs.kind.input.addEventListener("change", sync);
  sync();
  const form = el(
    "form",
    {
      class: "form",
      onsubmit: async (event) => {
        event.preventDefault();
        if (
          !await act(
            () => send("POST", "rules", readRule(inputs)),
            "The rule is added",
          )
        ) return;
        dialog.close();
        changed();
      },
    },
    Object.values(inputs).map(({ node }) => node),
  );
  const submit = button("Add", () => form.requestSubmit(), {
    class: "primary",
  });
  const dialog = openDialog({
    title: "Add a rule",
    kind: "sheet",
    content: form,
    actions: [submit],
  });
  inputs.id.input.focus();
}

function readRule(inputs) {
  const match = {};
  for (const name of ["type", "sender", "recipient", "topic"]) {
    const value = inputs[name].value();
    if (value !== "") match[name] = value;
  }
  return {
    id: inputs.id.value(),
    priority: Number(inputs.priority.value()),
    match: Object.keys(match).length > 0 ? match : undefined,
    handler: inputs.handler.value() || undefined,
    action: readAction(inputs.kind.value(), inputs.detail.value()),
    final: inputs.final.value(),
  };
}

function readAction(kind, detail) {
  if (kind === "") return undefined;
  const need = ACTIONS[kind];
  if (!need) return { kind };
  return {
    kind,
    [need.name]: need.name === "priority" ? Number(detail) : detail,
  };
}
