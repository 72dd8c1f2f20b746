import { agentsView } from "./agents_view.js";
import { conversationView } from "./conversation_view.js";
import { deadLettersView } from "./dead_letters_view.js";
import { el, replace, setText } from "./dom.js";
import { count } from "./format.js";
import { LiveLink } from "./live_link.js";
import { messagesView } from "./messages_view.js";
import { overviewView } from "./overview_view.js";
import { Pulse } from "./pulse.js";
import { requestsView } from "./requests_view.js";
import { rulesView } from "./rules_view.js";

const VIEWS = {
  overview: overviewView,
  agents: agentsView,
  messages: messagesView,
  conversations: conversationView,
  requests: requestsView,
  rules: rulesView,
  "dead-letters": deadLettersView,
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
let leave = () => {};

/** Draws the view that the address names. */
function show() {
  const [id, ...rest] = location.hash.replace(/^#\//, "").split("/");
  const name = Object.hasOwn(VIEWS, id) ? id : "overview";
  leave();
  const { title, mount } = VIEWS[name];
  replace(root);
  root.append(el("h1", {}, title));
  leave = mount(root, { link, pulse, parameter: decode(rest.join("/")) });
  for (const anchor of document.querySelectorAll("#nav a")) {
    if (anchor.dataset.view === name) {
      anchor.setAttribute("aria-current", "page");
      anchor.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else anchor.removeAttribute("aria-current");
  }
  document.title = `${title} · ${
    document.querySelector(".bus-name").textContent
  } · Busbar`;
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function showLink(state) {
  const node = document.getElementById("link");
  node.dataset.state = state;
  setText(node, LINK_TEXT[state]);
}

/** The figures beside the names of the views. */
function showCounts(stats) {
  const figures = {
    "dead-letters": stats.deadLetters,
    requests: stats.pendingRequests,
  };
  for (const [id, value] of Object.entries(figures)) {
    const node = document.querySelector(`[data-count="${id}"]`);
    setText(node, value > 0 ? count(value) : "");
  }
}

link.on("state", showLink);
link.on("stats", (stats) => {
  pulse.add(stats);
  showCounts(stats);
});
addEventListener("hashchange", () => {
  show();
  root.focus({ preventScroll: true });
  scrollTo(0, 0);
});
show();
link.open();
