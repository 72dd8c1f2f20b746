import { el, setText } from "./dom.js";
import { ago, exactTime } from "./format.js";

const EVERY_MS = 1_000;
let ticking;

/** A moment as people say it, with the exact time when pointed at; it keeps up with the clock. */
export function when(ms, attributes = {}) {
  ticking ??= setInterval(tick, EVERY_MS);
  return el("time", {
    datetime: new Date(ms).toISOString(),
    title: exactTime(ms),
    "data-at": ms,
    ...attributes,
  }, ago(ms));
}

function tick() {
  const now = Date.now();
  for (const node of document.querySelectorAll("time[data-at]")) {
    setText(node, ago(Number(node.dataset.at), now));
  }
}
