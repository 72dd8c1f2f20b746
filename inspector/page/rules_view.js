import { get, part, send } from "./api.js";
import { act, confirmed } from "./dialog.js";
import { button, el } from "./dom.js";
import { count } from "./format.js";
import { Refresh } from "./refresh.js";
import { openRuleForm } from "./rule_form.js";
import { makeRuleProbe } from "./rule_probe.js";
import { makeTable } from "./table.js";

/** The routing rules in the order they are tried, and what each has matched. */
export const view = {
  title: "Rules",
  mount(root, { link, parameter, canChange }) {
    const changed = () => refresh.soon();
    const table = makeTable({
      caption: "Routing rules, in the order they are tried",
      columns: columns(changed, canChange, parameter),
      key: ({ id }) => id,
      empty: "There are no rules: every message goes where it is sent.",
    });
    const add = button("Add a rule…", () => openRuleForm(changed), {
      class: "primary",
    });
    root.append(...[
      el(
        "div",
        { class: "toolbar" },
        el(
          "p",
          { class: "hint" },
          "Tried before delivery, by priority; a final rule ends the search.",
        ),
        canChange && el("div", { class: "buttons" }, add),
      ),
      table.node,
      canChange && makeRuleProbe(),
    ].filter(Boolean));
    const refresh = new Refresh(async (isOpen) => {
      const rules = await get("rules");
      if (isOpen()) table.draw(rules);
    }, { everyMs: 2_000 });
    const off = link.on(
      "bus",
      ({ type }) => type === "rules_changed" && changed(),
    );
    return () => {
      off();
      refresh.stop();
    };
  },
};

function columns(changed, canChange, marked) {
  return [
    { title: "Enabled", cell: (rule) => toggle(rule, changed, canChange) },
    { title: "Priority", align: "right", cell: ({ priority }) => priority },
    {
      title: "Rule",
      cell: ({ id }) => el("strong", { class: id === marked && "marked" }, id),
    },
    {
      title: "Matches when",
      cell: ({ match }) => el("code", {}, matchText(match)),
    },
    {
      title: "Then",
      cell: ({ action, handler, final }) => thenText(action, handler, final),
    },
    { title: "Matched", align: "right", cell: ({ matches }) => count(matches) },
    {
      title: "Actions",
      align: "right",
      cell: (rule) =>
        canChange
          ? [
            button("Change…", () => openRuleForm(changed, rule), {
              "aria-label": `Change rule ${rule.id}`,
            }),
            button("Remove", () => remove(rule.id, changed), {
              "aria-label": `Remove rule ${rule.id}`,
              class: "quiet",
            }),
          ]
          : "–",
    },
  ];
}

function toggle({ id, enabled }, changed, canChange) {
  return el("input", {
    type: "checkbox",
    role: "switch",
    class: "switch",
    checked: enabled,
    disabled: !canChange,
    "aria-label": `Rule ${id}`,
    onchange: async ({ target }) => {
      const wanted = target.checked;
      const isDone = await act(() =>
        send("PATCH", `rules/${part(id)}`, { enabled: wanted })
      );
      if (!isDone) target.checked = !wanted;
      changed();
    },
  });
}

function matchText(match = {}) {
  const parts = Object.entries(match).map(([name, value]) =>
    `${name} = ${value}`
  );
  return parts.length > 0 ? parts.join(", ") : "every message";
}

function thenText(action, handler, final) {
  const parts = [];
  if (handler !== undefined) parts.push(`run ${handler}`);
  if (action) parts.push(actionText(action));
  if (final) parts.push("stop");
  return parts.join(", ") || "count it";
}

function actionText(action) {
  switch (action.kind) {
    case "forward":
      return `copy to ${action.recipient}`;
    case "republish":
      return `publish to ${action.topic}`;
    case "set-priority":
      return `set priority ${action.priority}`;
    case "dead-letter":
      return `dead letter: ${action.reason}`;
    default:
      return action.kind;
  }
}

async function remove(id, changed) {
  const isSure = await confirmed({
    title: "Remove this rule?",
    text: `"${id}" and its count of matches are gone then.`,
    action: "Remove",
  });
  if (!isSure) return;
  await act(() => send("DELETE", `rules/${part(id)}`), "The rule is removed");
  changed();
}
