/**
 * Elements, made by calls. Text only ever becomes a text node, so that a
 * payload cannot become markup.
 */
const SVG = "http://www.w3.org/2000/svg";

/** Makes an HTML element: `el("p", { class: "note" }, "text", child)`. */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** Makes an SVG element. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Makes a button that does something, and says so when that fails. */
export function button(text, onClick, attributes = {}) {
  return el(
    "button",
    { type: "button", onclick: onClick, ...attributes },
    text,
  );
}

/** Replaces what an element holds. */
export function replace(node, ...children) {
  node.replaceChildren(...children.flat().filter(isThere).map(asNode));
}

/** Changes a text only when it differs: a screen reader announces each change. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const rowsOf = new WeakMap();

/**
 * Makes a container's children match `items`, keeping the nodes of items that
 * stayed the same: focus, selection and open details survive an update.
 */
export function keyed(
  container,
  items,
  { key, version = JSON.stringify, make },
) {
  const old = rowsOf.get(container) ?? new Map();
  const rows = new Map();
  for (const item of items) {
    const id = key(item);
    const known = old.get(id);
    const state = version(item);
    rows.set(
      id,
      known?.state === state ? known : { state, node: make(item, known?.node) },
    );
  }
  const wanted = [...rows.values()].map(({ node }) => node);
  const kept = new Set(wanted);
  for (const child of [...container.children]) {
    if (!kept.has(child)) child.remove();
  }
  wanted.forEach((node, at) => {
    if (container.children[at] !== node) {
      container.insertBefore(node, container.children[at] ?? null);
    }
  });
  rowsOf.set(container, rows);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter(isThere).map(asNode));
  return node;
}

function isThere(child) {
  return child !== undefined && child !== null && child !== false;
}

function asNode(child) {
  return child instanceof Node ? child : document.createTextNode(String(child));
}
