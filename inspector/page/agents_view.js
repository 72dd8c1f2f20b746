import { get } from "./api.js";
import { el } from "./dom.js";
import { ago, count } from "./format.js";
import { Refresh } from "./refresh.js";
import { badge, makeTable } from "./table.js";

const AGENT_EVENTS = new Set([
  "agent_joined",
  "agent_left",
  "subscribed",
  "unsubscribed",
]);

/** Who is there, and what waits for whom. */
export const agentsView = {
  title: "Agents",
  mount(root, { link }) {
    const agents = makeTable({
      caption: "Agents",
      columns: COLUMNS,
      key: ({ name }) => name,
      // What is shown changes with the time that passes, so that is part of the version.
      version: (agent) => JSON.stringify(agent) + ago(agent.lastSeen),
      empty: "No agent has joined yet.",
    });
    const topics = makeTable({
      caption: "Topics",
      columns: TOPIC_COLUMNS,
      key: ({ topic }) => topic,
      empty: "No topic has been used yet.",
    });
    root.append(
      agents.node,
      el("h2", { class: "section" }, "Topics"),
      topics.node,
    );
    const refresh = new Refresh(async (isOpen) => {
      const [agentList, topicList] = await Promise.all([
        get("agents"),
        get("topics"),
      ]);
      if (!isOpen()) return;
      agents.draw(agentList.sort((a, b) => a.name.localeCompare(b.name)));
      topics.draw(
        topicList.sort((a, b) => b.messages - a.messages).slice(0, 100),
      );
    }, { everyMs: 1_000 });
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

const COLUMNS = [
  {
    title: "Agent",
    cell: ({ name, durable }) => [
      el("a", { href: `#/messages/agent=${encodeURIComponent(name)}` }, name),
      durable && badge("durable"),
    ],
  },
  {
    title: "Presence",
    cell: ({ instances }) => {
      if (instances === 0) return badge("away", "warn");
      return badge(instances === 1 ? "here" : `${instances} instances`, "ok");
    },
  },
  {
    title: "Waiting",
    align: "right",
    cell: ({ mailboxDepth }) => count(mailboxDepth),
  },
  { title: "In hand", align: "right", cell: ({ inFlight }) => count(inFlight) },
  { title: "Last seen", align: "right", cell: ({ lastSeen }) => ago(lastSeen) },
  {
    title: "Subscriptions",
    cell: ({ subscriptions }) => subscriptions.map(subscriptionNode),
  },
];

const TOPIC_COLUMNS = [
  {
    title: "Topic",
    // Patterns that somebody subscribed to stand in the list as well.
    cell: ({ topic }) =>
      /[*>]/.test(topic) ? el("code", {}, topic) : el(
        "a",
        { href: `#/messages/topic=${encodeURIComponent(topic)}` },
        topic,
      ),
  },
  {
    title: "Messages",
    align: "right",
    cell: ({ messages }) => count(messages),
  },
  {
    title: "Subscribers now",
    cell: ({ subscribers }) =>
      subscribers.length > 0
        ? subscribers.map((name) => badge(name))
        : badge("nobody"),
  },
];

function subscriptionNode({ pattern, queue, mailboxDepth }) {
  const group = queue === undefined ? "" : ` shared by ${queue}`;
  const waiting = mailboxDepth > 0 ? ` (${count(mailboxDepth)} wait)` : "";
  return badge(`${pattern}${group}${waiting}`);
}
