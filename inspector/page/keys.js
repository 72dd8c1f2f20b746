import { openDialog } from "./dialog.js";
import { el } from "./dom.js";

const GO = {
  o: "overview",
  a: "agents",
  t: "topics",
  m: "messages",
  c: "conversations",
  r: "requests",
  d: "dead-letters",
  u: "rules",
  l: "audit",
  i: "api",
};
const HELP = [
  ["/", "search this view"],
  ["s", "send a message"],
  ["p", "pause and go on, where a view is live"],
  [
    "g then a letter",
    "go to a view: o overview, a agents, t topics, m messages, c conversations, r requests, d dead letters, u rules, l audit, i the HTTP interface",
  ],
  ["↑ ↓ Home End", "walk through messages"],
  ["Enter", "open what has the focus"],
  ["Escape", "close a dialog, leave a search"],
  ["?", "this page"],
];
const CHORD_MS = 1_500;

/** Makes the page answer to single keys, except where somebody types. */
export function listenToKeys({ openSend, canChange }) {
  let chordUntil = 0;
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && event.target.matches?.("[data-search]")) {
      event.target.blur();
      return document.getElementById("view").focus();
    }
    if (isTyping(event.target) || document.querySelector("dialog[open]")) {
      return;
    }
    const isChord = Date.now() < chordUntil;
    chordUntil = 0;
    if (isChord && Object.hasOwn(GO, event.key)) {
      location.hash = `#/${GO[event.key]}`;
    } else if (event.key === "g") chordUntil = Date.now() + CHORD_MS;
    else if (event.key === "?") openHelp();
    else if (event.key === "/") focusSearch();
    else if (event.key === "s" && canChange) openSend();
    else if (event.key === "p") document.querySelector("[data-pause]")?.click();
    else return;
    event.preventDefault();
  });
}

/** Shows which keys there are. */
export function openHelp() {
  openDialog({
    title: "Keys",
    content: el(
      "dl",
      { class: "keys" },
      HELP.map(([keys, meaning]) =>
        el("div", {}, el("dt", {}, el("kbd", {}, keys)), el("dd", {}, meaning))
      ),
    ),
  });
}

function focusSearch() {
  const input = document.querySelector("#view [data-search]");
  input?.focus();
  input?.select();
}

function isTyping(target) {
  return target.matches?.(
    "input:not([type=checkbox]), textarea, select, [contenteditable]",
  ) ?? false;
}
