import type { HistoryEntry, MessageBus } from "../mod.ts";
import { INSPECTOR_LIMITS } from "./inspector_limits.ts";

/** What one agent did in the time that was looked at. */
export interface AgentTraffic {
  /** Its name. */
  readonly name: string;
  /** Messages it sent. */
  sent: number;
  /** Deliveries it was handed. */
  handled: number;
  /** Of those, the ones that failed. */
  failed: number;
  /** Deliveries that have ended, and how long they took together, in milliseconds. */
  ended: number;
  /** See `ended`. */
  busyMs: number;
}

/** Messages from one agent to another in the time that was looked at. */
export interface LinkTraffic {
  /** Who sent them. */
  readonly from: string;
  /** Who was handed them, or should have been. */
  readonly to: string;
  /** How many. */
  messages: number;
  /** Of those, the ones with a failed delivery or without any. */
  failed: number;
  /** Of those, the replies. */
  replies: number;
}

/** Something that is sent to, and that nobody serves. */
export interface Unserved {
  /** Whether a name or a topic is meant. */
  readonly kind: "agent" | "topic";
  /** The name or topic. */
  readonly name: string;
  /** Messages that found nobody. */
  messages: number;
  /** Some of those who sent them. */
  readonly senders: string[];
  /** When the latest was accepted, in milliseconds since the Unix epoch. */
  lastAt: number;
}

/** Who talked to whom. */
export interface Traffic {
  /** From the oldest message that was looked at until now, in milliseconds. */
  readonly spanMs: number;
  /** Messages looked at. */
  readonly messages: number;
  /** Who took part. */
  readonly agents: readonly AgentTraffic[];
  /** Who sent to whom, the busiest first. */
  readonly links: readonly LinkTraffic[];
  /** What nobody serves, the most wanted first. */
  readonly unserved: readonly Unserved[];
  /** Requests since the bus was made to names that nobody serves, then or now; the most wanted first. */
  readonly refused: readonly { name: string; requests: number }[];
}

const FAILED: ReadonlySet<string | undefined> = new Set([
  "nacked",
  "rejected",
  "lease_ended",
]);
const MAX_SENDERS = 5;

/**
 * Who talks to whom, counted from the latest 2,000 messages of the last
 * `windowMs` milliseconds: at a high rate they cover less, and `spanMs` says
 * how much.
 */
export function trafficOf(
  bus: MessageBus,
  { now, windowMs }: { now: number; windowMs: number },
): Traffic {
  const latest = bus.history({ limit: INSPECTOR_LIMITS.maxTrafficMessages });
  const entries = latest.filter(({ message }) =>
    now - message.timestamp <= windowMs
  );
  // Something older is known, so nothing of the window is missing.
  const isWhole = entries.length < latest.length;
  const oldest = entries.at(-1)?.message.timestamp ?? now;
  const tally = new Tally(bus);
  for (const entry of entries) tally.add(entry);
  return {
    spanMs: isWhole ? windowMs : Math.max(1, now - oldest),
    messages: entries.length,
    ...tally.result(),
  };
}

/** Counts by name. */
class Tally {
  readonly #bus: MessageBus;
  readonly #agents = new Map<string, AgentTraffic>();
  readonly #links = new Map<string, LinkTraffic>();
  readonly #unserved = new Map<string, Unserved>();
  /** Names that somebody serves, once it was asked for them. */
  #served: Set<string> | undefined;

  constructor(bus: MessageBus) {
    this.#bus = bus;
  }

  add(entry: HistoryEntry): void {
    const { message, deliveries } = entry;
    this.#agent(message.sender).sent++;
    const failedAt = new Map<string, boolean>();
    for (const { agent, startedAt, endedAt, outcome } of deliveries) {
      const known = this.#agent(agent);
      known.handled++;
      if (endedAt !== undefined) {
        known.ended++;
        known.busyMs += endedAt - startedAt;
      }
      const isFailure = FAILED.has(outcome);
      if (isFailure) known.failed++;
      failedAt.set(agent, isFailure);
    }
    for (const [agent, isFailure] of failedAt) {
      this.#link(message.sender, agent, isFailure, isReply(entry));
    }
    if (deliveries.length === 0) this.#addUndelivered(entry);
  }

  result(): Omit<Traffic, "spanMs" | "messages"> {
    const most = INSPECTOR_LIMITS.maxTrafficLinks;
    const byMessages = (a: { messages: number }, b: { messages: number }) =>
      b.messages - a.messages;
    return {
      agents: [...this.#agents.values()],
      links: [...this.#links.values()].sort(byMessages).slice(0, most),
      unserved: [...this.#unserved.values()].sort(byMessages).slice(0, most),
      refused: Object.entries(this.#bus.unserved())
        .filter(([name]) => !this.#isServed(name))
        .map(([name, requests]) => ({ name, requests }))
        .sort((a, b) => b.requests - a.requests).slice(0, most),
    };
  }

  /** A reply is handed over without a delivery; what is pending will have one; the rest found nobody. */
  #addUndelivered(entry: HistoryEntry): void {
    const { message, outcome } = entry;
    const { recipient, topic, sender } = message;
    if (recipient !== undefined) {
      const isLost = outcome === "dead" || outcome === "dropped";
      this.#link(sender, recipient, isLost, isReply(entry));
    }
    if (outcome !== "dead" && outcome !== "dropped") return;
    if (recipient !== undefined && !this.#isServed(recipient)) {
      this.#addUnserved("agent", recipient, entry);
    } else if (
      recipient === undefined && topic !== undefined &&
      this.#bus.subscribers(topic).length === 0
    ) this.#addUnserved("topic", topic, entry);
  }

  #isServed(name: string): boolean {
    this.#served ??= new Set(
      this.#bus.agents().filter(({ instances }) => instances > 0)
        .map((agent) => agent.name),
    );
    return this.#served.has(name);
  }

  #addUnserved(
    kind: "agent" | "topic",
    name: string,
    { message: { sender, timestamp } }: HistoryEntry,
  ): void {
    const id = `${kind} ${name}`;
    const known: Unserved = this.#unserved.get(id) ??
      { kind, name, messages: 0, senders: [], lastAt: timestamp };
    known.messages++;
    if (!known.senders.includes(sender) && known.senders.length < MAX_SENDERS) {
      known.senders.push(sender);
    }
    this.#unserved.set(id, known);
  }

  #agent(name: string): AgentTraffic {
    const known: AgentTraffic = this.#agents.get(name) ??
      { name, sent: 0, handled: 0, failed: 0, ended: 0, busyMs: 0 };
    this.#agents.set(name, known);
    return known;
  }

  #link(from: string, to: string, failed: boolean, reply: boolean): void {
    // Names have no spaces.
    const id = `${from} ${to}`;
    const link: LinkTraffic = this.#links.get(id) ??
      { from, to, messages: 0, failed: 0, replies: 0 };
    link.messages++;
    if (failed) link.failed++;
    if (reply) link.replies++;
    this.#links.set(id, link);
  }
}

function isReply({ message: { type, requestId } }: HistoryEntry): boolean {
  return requestId !== undefined && (type === "response" || type === "error");
}
