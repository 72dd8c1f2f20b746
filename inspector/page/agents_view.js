import { address } from "./address.js";
import { get } from "./api.js";
import { button, el, keyed, replace, setText } from "./dom.js";
import { ago, amount, count, duration, perSecond } from "./format.js";
import { Refresh } from "./refresh.js";
import { badge, makeTable } from "./table.js";
import { trafficPicture } from "./traffic_picture.js";
import { when } from "./when.js";

const AGENT_EVENTS = new Set([
  "agent_joined",
  "agent_left",
  "subscribed",
  "unsubscribed",
]);

/** Who talks to whom, who is there, and what waits for whom. */
export const view = {
  title: "Agents",
  mount(root, { link }) {
    const picture = makePicture();
    const warnings = el("ul", {
      class: "problems",
      "aria-label": "What nobody serves",
    });
    const table = makeTable({
      caption: "Agents",
      columns: COLUMNS,
      key: ({ name }) => name,
      // What is shown changes with the time that passes, so that is part of the version.
      version: (agent) => JSON.stringify(agent) + ago(agent.lastSeen),
      empty: "No agent has joined yet.",
    });
    const note = el("p", { class: "card empty" }, "Loading…");
    root.append(note);
    const refresh = new Refresh(async (isOpen) => {
      const [agents, traffic] = await Promise.all([
        get("agents"),
        get("traffic"),
      ]);
      if (!isOpen()) return;
      drawWarnings(warnings, traffic.unserved);
      picture.draw(traffic, agents);
      table.draw(withTraffic(agents, traffic));
      // All at once: what came one after the other would push the rest down.
      if (note.isConnected) {
        note.replaceWith(warnings, picture.node, table.node);
      }
    }, { everyMs: 2_000 });
    const off = link.on(
      "bus",
      ({ type }) => AGENT_EVENTS.has(type) && refresh.soon(),
    );
    return () => {
      off();
      refresh.stop();
    };
  },
};

function makePicture() {
  const frame = el("div", {
    class: "traffic-frame",
    role: "region",
    tabindex: 0,
    "aria-label": "Picture of who talks to whom",
  });
  const note = el("span", { class: "hint" });
  const node = el(
    "section",
    { class: "card" },
    el("div", { class: "card-head" }, el("h2", {}, "Who talks to whom"), note),
    frame,
  );
  let drawn = "";
  return {
    node,
    draw(traffic, agents) {
      const version = JSON.stringify([traffic, agents.map((one) => one.name)]);
      // A picture that somebody walks through by keyboard stays as it is.
      if (version === drawn || frame.contains(document.activeElement)) return;
      drawn = version;
      const { picture, left } = trafficPicture(traffic, agents);
      replace(frame, picture);
      const rest = left > 0 ? `, the busiest; ${count(left)} more below` : "";
      setText(
        note,
        `${amount(traffic.messages, "message")} of the last ${
          duration(traffic.spanMs)
        }${rest}`,
      );
    },
  };
}

function drawWarnings(list, unserved) {
  keyed(list, unserved.slice(0, 8), {
    key: ({ kind, name }) => `${kind} ${name}`,
    make: warningItem,
  });
  list.hidden = unserved.length === 0;
}

/** An item that changes keeps its button, and with it the focus. */
function warningItem({ kind, name, messages, senders, lastAt }, item) {
  const isAgent = kind === "agent";
  const text = el(
    "span",
    {},
    el("strong", {}, name),
    ` ${isAgent ? "is served by nobody" : "has no subscriber"}: ${
      amount(messages, "message")
    } from ${senders.join(", ")} in vain, the latest `,
    when(lastAt),
    ". ",
  );
  if (item) {
    item.firstChild.replaceWith(text);
    return item;
  }
  const show = button("Show", () => {
    location.hash = address("messages", "", {
      [isAgent ? "agent" : "topic"]: name,
    });
  }, { class: "quiet", "aria-label": `Show the messages to ${name}` });
  return el("li", { "data-level": "warn" }, text, show);
}

function withTraffic(agents, { agents: flows, spanMs }) {
  const seconds = spanMs / 1_000;
  return agents.map((agent) => {
    const flow = flows.find(({ name }) => name === agent.name);
    return {
      ...agent,
      sentPerSecond: (flow?.sent ?? 0) / seconds,
      handledPerSecond: (flow?.handled ?? 0) / seconds,
      failed: flow?.failed ?? 0,
      meanMs: flow?.ended > 0 ? flow.busyMs / flow.ended : undefined,
    };
  }).sort((a, b) => a.name.localeCompare(b.name));
}

const COLUMNS = [
  {
    title: "Agent",
    cell: ({ name, durable }) => [
      el("a", { href: address("messages", "", { agent: name }) }, name),
      durable && badge("durable"),
    ],
  },
  {
    title: "Presence",
    cell: ({ instances, failed }) => [
      instances === 0
        ? badge("away", "warn")
        : badge(instances === 1 ? "here" : `${instances} instances`, "ok"),
      failed > 0 && badge(`${count(failed)} failed`, "bad"),
    ],
  },
  right("Waiting", ({ mailboxDepth }) => count(mailboxDepth)),
  right("In hand", ({ inFlight }) => count(inFlight)),
  right("In /s", ({ handledPerSecond }) => perSecond(handledPerSecond)),
  right("Out /s", ({ sentPerSecond }) => perSecond(sentPerSecond)),
  right(
    "Mean time",
    ({ meanMs }) => meanMs === undefined ? "–" : duration(meanMs),
  ),
  right("Last seen", ({ lastSeen }) => when(lastSeen)),
  {
    title: "Subscriptions",
    cell: ({ subscriptions }) =>
      subscriptions.length > 0 ? subscriptions.map(subscriptionNode) : "–",
  },
];

function right(title, cell) {
  return { title, align: "right", cell };
}

function subscriptionNode({ pattern, queue, mailboxDepth }) {
  const group = queue === undefined ? "" : ` shared by ${queue}`;
  const waiting = mailboxDepth > 0 ? ` (${count(mailboxDepth)} wait)` : "";
  return badge(`${pattern}${group}${waiting}`);
}
