import type { ConsumerFacts, Line } from "../history.ts";
import { type Checker, Violation } from "./checker.ts";
import { Consumers } from "./consumers.ts";
import { Copies } from "./copies.ts";

/** Consumers that share a mailbox, and what was handed to each while all of them were idle. */
interface Team {
  /** By consumer. */
  readonly taken: Map<number, number>;
  total: number;
}

/**
 * Competing consumers that are idle get equal shares: of N messages, each of n
 * gets N/n, within the larger of 2 and a tenth. Told by what handlers see, so
 * only of consumers in the bus's own process, where nothing is on the way; and
 * over a stretch in which none of them is busy when the next message comes. What
 * came out of a store is handed to a consumer some time before its handler sees
 * it: while there is any, nobody can tell who is idle.
 */
export class Fairness implements Checker {
  readonly laws = ["S6"];
  readonly #consumers = new Consumers();
  readonly #copies = new Copies({});
  /** The newest life of a bus. */
  #bus = "";
  readonly #teams = new Map<string, Team>();
  /** Whose each handler is that is at work. */
  readonly #handlings = new Map<number, number>();
  /** Handlers at work, by consumer. */
  readonly #busy = new Map<number, number>();
  /** Mailboxes that somebody in another process takes from, or in another way. */
  readonly #mixed = new Set<string>();

  take(line: Line): void {
    this.#consumers.take(line);
    this.#copies.take(line);
    switch (line.type) {
      case "bus_started":
        this.#bus = line.bus;
        return;
      case "attaching":
        return this.#attach(line.consumer);
      case "detaching":
      case "detached":
      case "leaving":
      case "process_killed":
      case "bus_ended":
        // Who is in a team has changed: begun anew.
        this.#teams.clear();
        return;
      case "handling":
        return this.#handling(line);
      case "handled": {
        const consumer = this.#handlings.get(line.handling);
        this.#handlings.delete(line.handling);
        if (consumer !== undefined) this.#add(consumer, -1);
      }
    }
  }

  end(): void {}

  #attach(facts: ConsumerFacts): void {
    const mailbox = mailboxOf(facts);
    const isAlike = facts.kind !== "inbox" &&
      this.#consumers.held.get(facts.consumer)?.local === true;
    if (!isAlike) this.#mixed.add(mailbox);
    this.#teams.delete(mailbox);
  }

  #handling(line: Line & { type: "handling" }): void {
    const facts = this.#consumers.facts.get(line.consumer);
    if (!facts) return;
    const mailbox = mailboxOf(facts);
    if (!this.#mixed.has(mailbox)) this.#share(mailbox, line);
    this.#handlings.set(line.handling, line.consumer);
    this.#add(line.consumer, 1);
  }

  #add(consumer: number, count: number): void {
    this.#busy.set(consumer, (this.#busy.get(consumer) ?? 0) + count);
  }

  #share(mailbox: string, line: Line & { type: "handling" }): void {
    const team = this.#teamOf(mailbox);
    if (!team.taken.has(line.consumer)) return;
    const consumers = [...team.taken.keys()];
    const areIdle = consumers.every((one) => !this.#busy.get(one));
    if (areIdle && !this.#hasRestored(mailbox)) {
      return this.#count(team, line);
    }
    for (const one of consumers) team.taken.set(one, 0);
    team.total = 0;
  }

  #hasRestored(mailbox: string): boolean {
    const life = this.#copies.life(this.#bus);
    if (!life?.hasStore) return false;
    for (const copy of life.mailboxes.get(mailbox.trim())?.values() ?? []) {
      if (copy.isRestored || copy.isVague) return true;
    }
    return false;
  }

  #count(team: Team, line: Line & { type: "handling" }): void {
    const { taken } = team;
    team.total++;
    taken.set(line.consumer, (taken.get(line.consumer) ?? 0) + 1);
    const share = team.total / taken.size;
    const tolerance = Math.max(LEAST_TOLERANCE, share * SHARE_TOLERANCE);
    for (const [consumer, count] of taken) {
      if (Math.abs(count - share) <= tolerance) continue;
      throw new Violation(
        "S6",
        `consumer ${consumer} was handed ${count} of ${team.total} messages, and is one of ${taken.size} that were idle`,
        line,
      );
    }
  }

  #teamOf(mailbox: string): Team {
    const known = this.#teams.get(mailbox);
    if (known) return known;
    const team: Team = { taken: new Map(), total: 0 };
    for (const [consumer, { facts }] of this.#consumers.held) {
      if (mailboxOf(facts) === mailbox) team.taken.set(consumer, 0);
    }
    this.#teams.set(mailbox, team);
    return team;
  }
}

const LEAST_TOLERANCE = 2;
const SHARE_TOLERANCE = 0.1;

/** What makes consumers share; a private subscription shares with nobody. */
function mailboxOf(
  { consumer, agent, kind, pattern = "", queue, durable }: ConsumerFacts,
): string {
  if (kind === "requests") return `requests ${agent} ${pattern}`;
  if (kind !== "topic") return `direct ${agent}`;
  if (queue !== undefined) return `queue ${queue} ${pattern}`;
  if (durable !== undefined) return `durable ${agent} ${durable}`;
  return `private ${consumer}`;
}
