import { address } from "./address.js";
import { el } from "./dom.js";
import { field, select } from "./field.js";

const TYPES = ["direct", "publish", "request", "response", "error", "control"];
const OUTCOMES = [
  "pending",
  "delivered",
  "acked",
  "expired",
  "dead",
  "dropped",
];
const TYPING_MS = 250;

/** Which messages are shown. What is chosen stands in the address, so that it can be kept and passed on. */
export function makeFilters(query, onChange) {
  const inputs = {
    q: field("Search", {
      type: "search",
      placeholder: "payload, id, any field",
      value: query.q ?? "",
      maxlength: 255,
      "data-search": "",
    }),
    type: select("Type", choices(TYPES), query.type),
    outcome: select("Outcome", choices(OUTCOMES), query.outcome),
    agent: field("Agent", { type: "search", value: query.agent ?? "" }),
    topic: field("Topic", { type: "search", value: query.topic ?? "" }),
    correlationId: field("Conversation", {
      type: "search",
      value: query.correlationId ?? "",
    }),
  };
  const read = () =>
    Object.fromEntries(
      Object.entries(inputs).map(([name, input]) => [name, input.value()]),
    );
  let typing;
  const changed = () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      history.replaceState(null, "", address("messages", "", read()));
      onChange();
    }, TYPING_MS);
  };
  const node = el(
    "div",
    { class: "filters", role: "search", oninput: changed },
    Object.values(inputs).map((input) => input.node),
  );
  return { node, read, end: () => clearTimeout(typing) };
}

function choices(names) {
  return {
    "": "any",
    ...Object.fromEntries(names.map((name) => [name, name])),
  };
}
