import type { AgentShown, Stats, Topic } from "./answers.ts";
import { type Column, cut, tableLines } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import { count, size, span } from "./text.ts";

/** What was asked at one moment. */
export interface Sample {
  /** The figures. */
  readonly stats: Stats;
  /** Who is there. */
  readonly agents: readonly AgentShown[];
  /** The topics. */
  readonly topics: readonly Topic[];
}

const BAR_CHARS = 20;
/** Lines of a frame that are not a table's row: the figures, and two headings with their gaps. */
const HEAD_LINES = 6;

/** One picture of a bus, as large as the window: what moves most stands first. */
export function topFrame(
  terminal: Terminal,
  now: Sample,
  before: Sample | undefined,
): string[] {
  const { columns, rows } = terminal.size;
  const room = Math.max(2, rows - HEAD_LINES - 3);
  const topicRows = Math.min(now.topics.length, Math.floor(room / 2));
  const agentRows = Math.max(1, room - topicRows);
  return [
    ...figureLines(terminal, now.stats, before?.stats),
    "",
    ...agentLines(terminal, now.agents, agentRows),
    "",
    ...topicLines(terminal, now, before, topicRows),
  ].slice(0, rows - 1).map((line) => cut(line, columns));
}

function figureLines(
  { colors }: Terminal,
  stats: Stats,
  before: Stats | undefined,
): string[] {
  const perSecond = (part: keyof Stats) => rate(stats, before, part);
  const { backpressure: room, latencyMs: latency, store } = stats;
  const isFull = room.saturated || room.waiting > 0;
  const bar = barOf(room.pending / room.maxPending);
  const dead = `${count(stats.deadLetters)} dead`;
  return [
    `${colors.bold(stats.name)} ${
      stats.state === "open" ? "" : colors.red(`${stats.state} `)
    }up ${span(stats.uptimeMs)}${store ? `, store ${size(store.bytes)}` : ""}${
      colors.dim("   q quits")
    }`,
    `accepted ${perSecond("totalMessages")}  delivered ${
      perSecond("totalDelivered")
    }  again ${perSecond("totalRedelivered")}  dropped ${
      perSecond("totalDropped")
    }`,
    `unfinished ${isFull ? colors.red(bar) : colors.green(bar)} ${
      count(room.pending)
    } of ${count(room.maxPending)}${
      room.waiting > 0 ? colors.red(`, ${count(room.waiting)} wait`) : ""
    }`,
    `until handled p50 ${span(latency.p50)}, p99 ${span(latency.p99)}   ${
      stats.deadLetters > 0 ? colors.red(dead) : dead
    }`,
  ];
}

function rate(
  now: Stats,
  before: Stats | undefined,
  part: keyof Stats,
): string {
  const seconds = before ? (now.uptimeMs - before.uptimeMs) / 1_000 : 0;
  const [later, earlier] = [now[part], before?.[part]];
  // A bus that was started anew counts from 0.
  if (seconds <= 0 || typeof later !== "number") return "–";
  const grown = Math.max(
    0,
    later - (typeof earlier === "number" ? earlier : 0),
  );
  return `${count(grown / seconds)}/s`;
}

function barOf(part: number): string {
  const filled = Math.min(BAR_CHARS, Math.ceil(part * BAR_CHARS));
  return "█".repeat(filled) + "░".repeat(BAR_CHARS - filled);
}

const AGENT_COLUMNS: readonly Column[] = [
  "agent",
  { heading: "instances", right: true },
  { heading: "waiting", right: true },
  { heading: "in hand", right: true },
];

function agentLines(
  terminal: Terminal,
  agents: readonly AgentShown[],
  limit: number,
): string[] {
  const rows = agents
    .map((agent) => ({ agent, waiting: waitingFor(agent) }))
    .toSorted((a, b) =>
      b.waiting - a.waiting || b.agent.inFlight - a.agent.inFlight ||
      (a.agent.name < b.agent.name ? -1 : 1)
    )
    .map(({ agent, waiting }) => [
      agent.instances === 0
        ? terminal.colors.yellow(`${agent.name} (away)`)
        : agent.name,
      count(agent.instances),
      count(waiting),
      count(agent.inFlight),
    ]);
  return limited(terminal, AGENT_COLUMNS, rows, limit);
}

/** Messages that wait for an agent, in its own mailbox and in those of its subscriptions. */
export function waitingFor(agent: AgentShown): number {
  return agent.subscriptions.reduce(
    (sum, { mailboxDepth }) => sum + mailboxDepth,
    agent.mailboxDepth,
  );
}

const TOPIC_COLUMNS: readonly Column[] = [
  "topic",
  { heading: "messages", right: true },
  { heading: "now", right: true },
  { heading: "subscribers", right: true },
];

function topicLines(
  terminal: Terminal,
  now: Sample,
  before: Sample | undefined,
  limit: number,
): string[] {
  if (limit === 0) return [];
  const earlier = new Map(
    before?.topics.map(({ topic, messages }) => [topic, messages]),
  );
  const seconds = before
    ? (now.stats.uptimeMs - before.stats.uptimeMs) / 1_000
    : 0;
  const rows = now.topics
    .map((topic) => ({
      ...topic,
      grown: Math.max(0, topic.messages - (earlier.get(topic.topic) ?? 0)),
    }))
    .toSorted((a, b) => b.grown - a.grown || b.messages - a.messages)
    .map(({ topic, messages, grown, subscribers }) => [
      topic,
      count(messages),
      seconds > 0 ? `${count(grown / seconds)}/s` : "–",
      subscribers.length === 0
        ? terminal.colors.yellow("nobody")
        : count(subscribers.length),
    ]);
  return limited(terminal, TOPIC_COLUMNS, rows, limit);
}

/** A table of at most so many rows; the last says how many there are no room for. */
function limited(
  terminal: Terminal,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  limit: number,
): string[] {
  if (rows.length <= limit) return tableLines(terminal, columns, rows);
  const shown = rows.slice(0, Math.max(1, limit - 1));
  const more = terminal.colors.dim(`and ${rows.length - shown.length} more`);
  return [...tableLines(terminal, columns, shown), more];
}
