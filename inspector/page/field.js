import { el } from "./dom.js";

let lastId = 0;

/** A labelled text field. `value()` reads it. */
export function field(label, attributes = {}, tag = "input") {
  const id = `field-${++lastId}`;
  const { value = "", ...rest } = attributes;
  const input = el(tag, {
    id,
    autocomplete: "off",
    spellcheck: "false",
    ...rest,
  });
  input.value = String(value);
  return {
    input,
    node: el("div", { class: "field" }, el("label", { for: id }, label), input),
    value: () => input.value.trim(),
  };
}

/** A labelled choice among `{ value: text }`. */
export function select(label, choices, selected = "") {
  const id = `field-${++lastId}`;
  const options = Object.entries(choices).map(([value, text]) =>
    el("option", { value, selected: value === selected }, text)
  );
  const input = el("select", { id }, options);
  return {
    input,
    node: el("div", { class: "field" }, el("label", { for: id }, label), input),
    value: () => input.value,
  };
}

/** A labelled box to tick. */
export function checkbox(label, checked = false) {
  const id = `field-${++lastId}`;
  const input = el("input", { id, type: "checkbox", checked });
  return {
    input,
    node: el(
      "div",
      { class: "field tick" },
      input,
      el("label", { for: id }, label),
    ),
    value: () => input.checked,
  };
}
