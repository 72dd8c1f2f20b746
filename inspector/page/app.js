import { readAddress } from "./address.js";
import { get } from "./api.js";
import { el, replace, setText } from "./dom.js";
import { amount, count, duration } from "./format.js";
import { listenToKeys, openHelp } from "./keys.js";
import { LiveLink } from "./live_link.js";
import { Pulse } from "./pulse.js";

/** Each view is loaded when it is first looked at. */
const VIEWS = {
  overview: () => import("./overview_view.js"),
  agents: () => import("./agents_view.js"),
  topics: () => import("./topics_view.js"),
  messages: () => import("./messages_view.js"),
  conversations: () => import("./conversation_view.js"),
  requests: () => import("./requests_view.js"),
  rules: () => import("./rules_view.js"),
  "dead-letters": () => import("./dead_letters_view.js"),
  audit: () => import("./audit_view.js"),
  api: () => import("./api_view.js"),
};

const LINK_TEXT = {
  connecting: "Connecting…",
  live: "Live",
  lost: "Connection lost, trying again…",
  "signed-out": "Signed out: open the printed link again",
};

const link = new LiveLink();
const pulse = new Pulse();
const root = document.getElementById("view");
const canChange = document.body.dataset.readOnly !== "true";
let leave = () => {};
let shown = 0;

/** Draws the view that the address names. */
async function show() {
  const turn = ++shown;
  const { view, parameter, query } = readAddress(location.hash);
  const name = Object.hasOwn(VIEWS, view) ? view : "overview";
  markCurrent(name);
  const { view: { title, mount } } = await VIEWS[name]();
  // Somebody may have gone on while it was loaded.
  if (turn !== shown) return;
  leave();
  replace(root, el("h1", { tabindex: -1 }, title));
  root.dataset.view = name;
  leave = mount(root, { link, pulse, parameter, query, canChange });
  document.title = `${title} · ${
    document.querySelector(".bus-name").textContent
  } · Busbar`;
}

function markCurrent(name) {
  for (const anchor of document.querySelectorAll("#nav a")) {
    if (anchor.dataset.view === name) {
      anchor.setAttribute("aria-current", "page");
      anchor.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else anchor.removeAttribute("aria-current");
  }
}

function showLink(state) {
  const node = document.getElementById("link");
  node.dataset.state = state;
  setText(node, LINK_TEXT[state]);
}

/** The figures beside the names of the views, and what the bus is. */
function showFigures(stats) {
  const figures = {
    "dead-letters": [stats.deadLetters, "dead letter"],
    requests: [stats.pendingRequests, "open request"],
  };
  for (const [id, [value, noun]] of Object.entries(figures)) {
    const node = document.querySelector(`[data-count="${id}"]`);
    setText(node, value > 0 ? count(value) : "");
    node.title = value > 0 ? amount(value, noun) : "";
  }
  setText(
    document.getElementById("about"),
    `${stats.state} · up ${duration(stats.uptimeMs)} · v${stats.version}`,
  );
}

async function openSend() {
  const dialog = await import("./send_dialog.js");
  dialog.openSend();
}

/** Draws what was seen before this page was opened. */
async function loadPast() {
  try {
    pulse.prepend(await get("pulses"));
  } catch {
    // The curves begin now, then.
  }
}

link.on("state", showLink);
link.on("stats", (stats) => {
  pulse.add(stats);
  showFigures(stats);
});
addEventListener("hashchange", async () => {
  await show();
  root.focus({ preventScroll: true });
  scrollTo(0, 0);
});
document.getElementById("help").addEventListener("click", openHelp);
document.getElementById("send")?.addEventListener("click", openSend);
listenToKeys({ openSend, canChange });
loadPast();
show();
link.open();
