import { get } from "./api.js";
import { button, el, replace, setText } from "./dom.js";
import { amount, clockTime, exactTime, preview, target } from "./format.js";
import { makeFilters } from "./message_filters.js";
import { openMessage } from "./message_dialog.js";
import { MessageStore } from "./message_store.js";
import { Refresh } from "./refresh.js";
import { badge, outcomeTone } from "./table.js";
import { VirtualList } from "./virtual_list.js";

const NEWEST = 200;
const OLDER = 1_000;
const PAYLOAD_BYTES = 400;
const RELEVANT = new Set([
  "message_accepted",
  "delivery_started",
  "delivery_ended",
  "message_dropped",
]);
const NARROW = matchMedia("(max-width: 56rem)");

/** Every message as it comes, newest first, with what became of it. */
export const view = {
  title: "Messages",
  mount(root, { link, query }) {
    const tail = new Tail(query, makeParts(root));
    const offs = [
      link.on("bus", ({ type }) => RELEVANT.has(type) && tail.refresh.soon()),
      link.on("lost", () => tail.refresh.soon()),
    ];
    return () => {
      for (const off of offs) off();
      tail.end();
    };
  },
};

function makeParts(root) {
  const list = new VirtualList({
    label: "Messages, newest first",
    rowHeight: () => NARROW.matches ? 78 : 36,
    make: messageRow,
  });
  const note = el("p", { class: "empty" }, "Loading…");
  const state = el("p", { class: "hint tail-state" }, "Loading…");
  const fresh = el("button", { type: "button", class: "fresh", hidden: true });
  const frame = el("div", { class: "card flush tail" }, list.node, note, fresh);
  root.append(frame);
  return { root, list, note, state, fresh, frame };
}

/** The tail of the messages: what was seen, what comes, and whether it is held. */
class Tail {
  refresh;
  #parts;
  #filters;
  #store = new MessageStore();
  #isPaused = false;
  #isWhole = false;
  #unseen = 0;
  /** Answers to earlier filters come too late. */
  #turn = 0;

  constructor(query, parts) {
    this.#parts = parts;
    this.#filters = makeFilters(query, () => this.#restart());
    const pause = button("Pause", () => this.#togglePause(pause), {
      "aria-pressed": "false",
      "data-pause": "",
    });
    parts.root.insertBefore(
      el(
        "div",
        { class: "toolbar" },
        this.#filters.node,
        el("div", { class: "buttons" }, parts.state, pause),
      ),
      parts.frame,
    );
    parts.fresh.addEventListener("click", () => parts.list.toTop());
    parts.list.node.addEventListener("scroll", () => this.#seen(), {
      passive: true,
    });
    this.refresh = new Refresh((isOpen) => this.#load(isOpen), {
      everyMs: 5_000,
    });
  }

  end() {
    this.#turn = -1;
    this.refresh.stop();
    this.#filters.end();
  }

  #restart() {
    this.#turn++;
    this.#store.clear();
    this.#isWhole = false;
    this.#unseen = 0;
    this.#parts.list.toTop();
    this.refresh.soon();
  }

  #togglePause(pause) {
    this.#isPaused = !this.#isPaused;
    pause.setAttribute("aria-pressed", String(this.#isPaused));
    setText(pause, this.#isPaused ? "Go on" : "Pause");
    this.#tell();
    this.refresh.soon();
  }

  async #load(isOpen) {
    if (this.#isPaused) return;
    const turn = this.#turn;
    const entries = await this.#get({ limit: NEWEST });
    if (!isOpen() || this.#isPaused || turn !== this.#turn) return;
    const wasEmpty = this.#store.entries.length === 0;
    const { added } = this.#store.takeNewest(entries);
    this.#show(added, wasEmpty);
    if (wasEmpty) this.#loadOlder(turn);
  }

  /** The rest comes in pieces, while what is newest can be read already. */
  async #loadOlder(turn) {
    while (turn === this.#turn && !this.#isWhole && !this.#store.isFull) {
      const before = this.#store.oldestId;
      if (before === undefined) return;
      const entries = await this.#get({ limit: OLDER, before }).catch(() => []);
      if (turn !== this.#turn) return;
      this.#isWhole = entries.length < OLDER;
      this.#store.takeOlder(entries);
      this.#show(0, true);
    }
  }

  #get(query) {
    return get("messages", {
      ...this.#filters.read(),
      ...query,
      payloadBytes: PAYLOAD_BYTES,
    });
  }

  #show(added, isFirst) {
    const { list, note } = this.#parts;
    if (!isFirst && added > 0 && !list.isAtTop) this.#unseen += added;
    list.show(this.#store.entries.map(toItem), added);
    note.hidden = this.#store.entries.length > 0;
    setText(note, "No message matches.");
    this.#tell();
  }

  #seen() {
    if (this.#unseen === 0 || !this.#parts.list.isAtTop) return;
    this.#unseen = 0;
    this.#tell();
  }

  #tell() {
    const { state, fresh } = this.#parts;
    const known = amount(this.#store.entries.length, "message");
    const gaps = this.#store.gaps > 0 ? ", not every one shown" : "";
    setText(state, this.#isPaused ? `Paused, ${known}` : `${known}${gaps}`);
    fresh.hidden = this.#unseen === 0;
    setText(fresh, `${amount(this.#unseen, "new message")} ↑`);
  }
}

function toItem(entry) {
  const { message, outcome, deliveries } = entry;
  return {
    key: message.id,
    version: `${outcome} ${deliveries.length}`,
    entry,
  };
}

/** A row's button; one that is there already only changes what became of the message. */
function messageRow({ entry }, row) {
  const { message, outcome, deliveries } = entry;
  if (row) {
    replace(row.lastChild, outcomeNodes(outcome, deliveries));
    return row;
  }
  return el(
    "button",
    { type: "button", class: "row", onclick: () => openMessage(message.id) },
    el(
      "time",
      {
        datetime: new Date(message.timestamp).toISOString(),
        title: exactTime(message.timestamp),
      },
      clockTime(message.timestamp),
    ),
    el("span", { class: "type" }, message.type),
    el(
      "span",
      { class: "route" },
      el("b", {}, message.sender),
      " → ",
      el("b", {}, target(message)),
      message.recipient !== undefined && message.topic !== undefined &&
        el("span", { class: "soft" }, ` ${message.topic}`),
    ),
    el("span", { class: "preview" }, preview(message.payload)),
    el("span", { class: "outcome" }, outcomeNodes(outcome, deliveries)),
  );
}

function outcomeNodes(outcome, deliveries) {
  const attempts = Math.max(0, ...deliveries.map(({ attempt }) => attempt));
  const again = attempts > 1 ? [badge(`attempt ${attempts}`, "warn")] : [];
  return [...again, badge(outcome, outcomeTone(outcome))];
}
