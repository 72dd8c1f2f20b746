import type { AgentInfo } from "../../../mod.ts";
import type { ConsumerFacts, Line } from "../history.ts";
import type { Callers } from "./callers.ts";
import { Violation } from "./checker.ts";

interface Held {
  readonly facts: ConsumerFacts;
  state: "attaching" | "attached" | "detaching";
}

/** How many there must be, and how many there may be. */
interface Range {
  least: number;
  most: number;
}

/** What programs take in, compared with what the bus has of them. */
export class AttachedSets {
  readonly #callers: Callers;
  readonly #held = new Map<number, Held>();
  /** Consumers that have ended, or whose program was told that it has left. */
  readonly #ended = new Set<number>();
  /** Durable subscriptions that were ever made: pattern by agent and name. */
  readonly #durables = new Map<string, string>();

  /** Whose consumers are whose is known to `callers`. */
  constructor(callers: Callers) {
    this.#callers = callers;
  }

  /** Looks at the next line. */
  take(line: Line): void {
    switch (line.type) {
      case "attaching":
        return this.#add(line.consumer);
      case "attached": {
        const held = this.#held.get(line.consumer);
        if (held?.state === "attaching") held.state = "attached";
        return;
      }
      case "detaching": {
        const held = this.#held.get(line.consumer);
        if (held) held.state = "detaching";
        return;
      }
      case "detached":
        this.#held.delete(line.consumer);
        this.#ended.add(line.consumer);
        return;
      case "handling":
        if (!this.#ended.has(line.consumer)) return;
        throw new Violation(
          "S5",
          `consumer ${line.consumer} was handed ${line.message.id} after it had ended`,
          line,
        );
    }
  }

  /** An instance has left, or died, with all its consumers. */
  gone(instance: string): void {
    for (const [consumer, { facts }] of this.#held) {
      if (facts.instance !== instance) continue;
      this.#held.delete(consumer);
      this.#ended.add(consumer);
    }
  }

  /** All that was to end has ended. */
  checkEnded(line: Line): void {
    for (const [consumer, { state }] of this.#held) {
      if (state !== "detaching") continue;
      throw new Violation("L4", `consumer ${consumer} never ended`, line);
    }
  }

  /** Compares with the agents that a bus shows when all is quiet. */
  compare(line: Line & { type: "snapshot" }): void {
    const shown = new Map(line.shown.agents.map((one) => [one.name, one]));
    for (const [agent, range] of this.#instances()) {
      const instances = shown.get(agent)?.instances ?? 0;
      check(`instances of "${agent}"`, instances, range, line);
    }
    const wanted = this.#subscriptions();
    const subscribed = countSubscriptions(line.shown.agents);
    for (const key of new Set([...wanted.keys(), ...subscribed.keys()])) {
      const range = wanted.get(key) ?? { least: 0, most: 0 };
      check(`subscriptions ${key}`, subscribed.get(key) ?? 0, range, line);
    }
  }

  #add(facts: ConsumerFacts): void {
    const { consumer, agent, durable, pattern = "" } = facts;
    this.#held.set(consumer, { facts, state: "attaching" });
    if (durable === undefined) return;
    this.#durables.set(`${agent} ${durable}`, pattern);
  }

  #instances(): Map<string, Range> {
    const ranges = new Map<string, Range>();
    for (const { agent, isLeaving } of this.#callers.instances.values()) {
      widen(ranges, agent, isLeaving ? 0 : 1, 1);
    }
    return ranges;
  }

  /** Private ones count each; those of one group, or of one durable name, once. */
  #subscriptions(): Map<string, Range> {
    const ranges = new Map<string, Range>();
    const shared = new Map<string, { key: string; isSure: boolean }>();
    for (const { facts, state } of this.#held.values()) {
      if (facts.kind !== "topic") continue;
      const { agent, pattern = "", queue, durable, instance } = facts;
      const isLeaving = this.#callers.instances.get(instance)?.isLeaving;
      const isSure = state === "attached" && isLeaving === false;
      const key = keyOf(agent, pattern, queue);
      if (queue === undefined && durable === undefined) {
        widen(ranges, key, isSure ? 1 : 0, 1);
        continue;
      }
      const name = queue === undefined ? `${agent} ${durable}` : key;
      const isKnown = shared.get(name)?.isSure ?? false;
      shared.set(name, { key, isSure: isSure || isKnown });
    }
    for (const { key, isSure } of shared.values()) {
      widen(ranges, key, isSure ? 1 : 0, 1);
    }
    for (const [name, pattern] of this.#durables) {
      if (shared.has(name)) continue;
      const [agent = ""] = name.split(" ", 1);
      widen(ranges, keyOf(agent, pattern, undefined), 0, 1);
    }
    return ranges;
  }
}

function countSubscriptions(agents: readonly AgentInfo[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { name, subscriptions } of agents) {
    for (const { pattern, queue } of subscriptions) {
      const key = keyOf(name, pattern, queue);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}

function keyOf(agent: string, pattern: string, queue?: string): string {
  const group = queue === undefined ? "" : ` in group "${queue}"`;
  return `of "${agent}" to "${pattern}"${group}`;
}

function widen(
  ranges: Map<string, Range>,
  key: string,
  least: number,
  most: number,
): void {
  const range = ranges.get(key) ?? { least: 0, most: 0 };
  range.least += least;
  range.most += most;
  ranges.set(key, range);
}

function check(
  what: string,
  count: number,
  { least, most }: Range,
  line: Line,
): void {
  if (count >= least && count <= most) return;
  const wanted = least === most ? least : `${least} to ${most}`;
  const text = `the bus has ${count} ${what}, and should have ${wanted}`;
  throw new Violation("L6", text, line);
}
