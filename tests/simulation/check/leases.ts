import type { ConsumerFacts, Line } from "../history.ts";
import { type Checker, Violation } from "./checker.ts";

type ToldLine = Line & { readonly type: "told" };

/** A copy that requires an ack, in somebody's hands. */
interface Lease {
  readonly mailbox: string;
  readonly agent: string;
  readonly attempt: number;
  /** When it began, or was extended last as far as that is known. */
  sinceMs: number;
  /** Its holder, or that of another of the agent's leases, has asked for more time. */
  isStretched: boolean;
  hasEnded: boolean;
}

/** A message that one life of a bus has accepted. */
interface Leased {
  readonly requiresAck: boolean;
  readonly leases: Lease[];
}

/** Shortest and longest lease that an agent's consumers at one mailbox ask for. */
interface Terms {
  leastMs: number;
  mostMs: number;
}

/**
 * A lease ends by itself when the time of its consumer is over since it began,
 * or was extended: not before, not later, and only where an ack is required.
 */
export class Leases implements Checker {
  readonly laws = ["K5"];
  readonly #lives = new Map<string, Map<string, Leased>>();
  /** By agent and mailbox; private subscriptions of one agent to one pattern together. */
  readonly #terms = new Map<string, Terms>();
  /** Of private subscriptions, by mailbox. */
  readonly #patterns = new Map<string, string>();
  readonly #remote = new Set<string>();
  readonly #agents = new Map<number, ConsumerFacts>();
  /** By handler at work. */
  readonly #handlings = new Map<number, Line & { type: "handling" }>();
  #ackTimeoutMs = 0;

  take(line: Line): void {
    switch (line.type) {
      case "bus_started":
        this.#ackTimeoutMs = line.settings.ackTimeoutMs;
        this.#lives.set(line.bus, new Map());
        return;
      case "bus_ended":
        if (line.how !== "closing") this.#lives.delete(line.bus);
        return;
      case "joined":
        if (!line.local) this.#remote.add(line.instance);
        return;
      case "attaching":
        return this.#learn(line.consumer);
      case "handling":
        this.#handlings.set(line.handling, line);
        return;
      case "settling":
        if (line.verb === "extend") this.#extend(line);
        return;
      case "handled":
        this.#handlings.delete(line.handling);
        return;
      case "snapshot":
        return this.#look(line);
      case "told": {
        const messages = this.#lives.get(line.bus);
        if (messages) this.#told(messages, line);
      }
    }
  }

  end(): void {}

  #learn(facts: ConsumerFacts): void {
    const { consumer, ackTimeoutMs = this.#ackTimeoutMs } = facts;
    this.#agents.set(consumer, facts);
    const place = placeOf(facts);
    const { leastMs = Infinity, mostMs = 0 } = this.#terms.get(place) ?? {};
    this.#terms.set(place, {
      leastMs: Math.min(leastMs, ackTimeoutMs),
      mostMs: Math.max(mostMs, ackTimeoutMs),
    });
  }

  #extend({ handling, atMs }: Line & { type: "settling" }): void {
    const { message, consumer } = this.#handlings.get(handling) ?? {};
    const facts = this.#agents.get(consumer ?? NaN);
    if (!message || !facts) return;
    const { agent, instance } = facts;
    for (const messages of this.#lives.values()) {
      const its = messages.get(message.id)?.leases.filter((one) =>
        one.agent === agent && one.attempt === message.attempt
      ) ?? [];
      for (const lease of its) {
        lease.isStretched = true;
      }
      // Which it is of several, or when the bus hears of it elsewhere, is not told.
      const [lease, another] = its;
      if (lease && !another && !this.#remote.has(instance)) {
        lease.sinceMs = atMs;
      }
    }
  }

  #told(messages: Map<string, Leased>, line: ToldLine): void {
    const { event } = line;
    switch (event.type) {
      case "subscribed":
        this.#patterns.set(event.mailbox, event.pattern);
        return;
      case "message_accepted":
      case "message_restored": {
        const { id, requiresAck } = event.message;
        if (!messages.has(id)) messages.set(id, { requiresAck, leases: [] });
        return;
      }
      case "delivery_started": {
        const { messageId, mailbox, agent, attempt } = event;
        messages.get(messageId)?.leases.push({
          mailbox,
          agent,
          attempt,
          sinceMs: line.atMs,
          isStretched: false,
          hasEnded: false,
        });
        return;
      }
      case "delivery_ended":
        return this.#ended(messages.get(event.messageId), event, line);
    }
  }

  #ended(
    leased: Leased | undefined,
    { messageId, mailbox, attempt, outcome, error }: ToldLine["event"] & {
      type: "delivery_ended";
    },
    line: Line,
  ): void {
    const its =
      leased?.leases.filter((one) =>
        !one.hasEnded && one.mailbox === mailbox && one.attempt === attempt
      ) ?? [];
    // Of two copies of one message, a time that is over is that of the older.
    const lease = outcome === "lease_ended" ? its[0] : its.at(-1);
    if (!lease || !leased) return;
    if (its.length > 1) its.forEach((one) => one.isStretched = true);
    this.#checkNotOver(messageId, leased, lease, line);
    lease.hasEnded = true;
    // Of a request that nobody waits for any more, the work is given up.
    const isGivenUp = error === "deadline" || error === "cancelled";
    if (outcome !== "lease_ended" || isGivenUp) return;
    if (!leased.requiresAck) {
      fail(`the lease of ${messageId} ends, which requires no ack`, line);
    }
    const heldMs = line.atMs - lease.sinceMs;
    const { leastMs } = this.#termsOf(lease);
    if (heldMs >= leastMs) return;
    fail(`${messageId} is taken back after ${heldMs} of ${leastMs} ms`, line);
  }

  #look(line: Line & { type: "snapshot" }): void {
    for (const [id, leased] of this.#lives.get(line.bus) ?? []) {
      for (const lease of leased.leases) {
        this.#checkNotOver(id, leased, lease, line);
      }
    }
  }

  #checkNotOver(
    messageId: string,
    { requiresAck }: Leased,
    lease: Lease,
    line: Line,
  ): void {
    if (!requiresAck || lease.isStretched || lease.hasEnded) return;
    const heldMs = line.atMs - lease.sinceMs;
    const { mostMs } = this.#termsOf(lease);
    if (heldMs <= mostMs) return;
    const text =
      `${messageId} is in the hands of ${lease.agent} for ${heldMs} ms, and may be for ${mostMs}`;
    fail(text, line);
  }

  #termsOf({ agent, mailbox }: Lease): Terms {
    const [kind] = mailbox.split(" ");
    const isPrivate = kind === "private" || kind === "local";
    const place = isPrivate
      ? `private ${this.#patterns.get(mailbox)}`
      : mailbox;
    return this.#terms.get(`${agent} ${place}`) ??
      { leastMs: this.#ackTimeoutMs, mostMs: this.#ackTimeoutMs };
  }
}

/** Whose consumer it is, and where its messages wait. */
function placeOf(
  { agent, kind, pattern, queue, durable }: ConsumerFacts,
): string {
  if (kind === "direct" || kind === "inbox") return `${agent} direct ${agent}`;
  if (kind === "requests") {
    return `${agent} ${["requests", agent, pattern].filter(Boolean).join(" ")}`;
  }
  if (queue !== undefined) return `${agent} queue ${queue} ${pattern}`;
  if (durable !== undefined) return `${agent} durable ${agent} ${durable}`;
  return `${agent} private ${pattern}`;
}

function fail(text: string, line: Line): never {
  throw new Violation("K5", text, line);
}
