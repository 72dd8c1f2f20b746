import { el } from "./dom.js";

/** Lets the browser save a text as a file. */
export function download(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  el("a", { href: url, download: name }).click();
  // The browser has its own hold of it once the click is over.
  setTimeout(() => URL.revokeObjectURL(url), 1_000);
}
