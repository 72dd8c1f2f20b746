import type { Line } from "../history.ts";
import type { OpenCall } from "./callers.ts";
import { Violation } from "./checker.ts";

/**
 * Sends of a bus's own process to one agent stand in one line, whoever sends:
 * they are accepted as they were called. Only where there are no rules, which
 * may add recipients, and so other lines. What is kept is accepted when it is
 * in the store, so that others come before it.
 */
export class SendQueues {
  /** By life of the bus, then by recipient, and whether they are kept: calls that are not accepted yet. */
  readonly #queues = new Map<string, Map<string, number[]>>();
  readonly #waiting = new Map<number, { bus: string; lane: string }>();
  readonly #stores = new Set<string>();
  readonly #ruled = new Set<string>();
  /** In this step, a later call was accepted while these had not been. */
  #overtaken: { call: number; by: number }[] = [];

  /** This life of a bus has a store. */
  addStore(bus: string): void {
    this.#stores.add(bus);
  }

  /** In this life of a bus there are rules. */
  forget(bus: string): void {
    this.#ruled.add(bus);
    this.#queues.delete(bus);
  }

  /** A program calls. */
  called({ what, by }: OpenCall): void {
    const { call, verb, recipient, fault, ttlMs, deduplicationId } = what;
    const { requiresAck = false } = what;
    const isPlain = verb === "send" && fault === undefined && ttlMs !== 0 &&
      deduplicationId === undefined;
    if (!by?.local || !isPlain || recipient === undefined) return;
    const { bus } = by;
    if (this.#ruled.has(bus)) return;
    const queues = this.#queues.get(bus) ?? new Map<string, number[]>();
    this.#queues.set(bus, queues);
    const isKept = requiresAck && this.#stores.has(bus);
    const lane = `${recipient} ${isKept}`;
    const queue = queues.get(lane) ?? [];
    queues.set(lane, queue);
    queue.push(call);
    this.#waiting.set(call, { bus, lane });
  }

  /** The message of a call was accepted. */
  accepted(bus: string, call: number): void {
    const place = this.#waiting.get(call);
    if (!place || place.bus !== bus) return;
    const queue = this.#queues.get(bus)?.get(place.lane);
    const [first] = queue ?? [];
    if (first !== undefined && first < call) {
      this.#overtaken.push({ call: first, by: call });
    }
    this.#remove(call);
  }

  /** The message of a call was accepted, and nobody was there whom it is for: it waited for no mailbox. */
  wentPast(call: number): void {
    this.#remove(call);
  }

  /** A call has ended, or nobody waits for it any more. */
  ended({ what }: OpenCall): void {
    this.#remove(what.call);
  }

  /** Whoever was overtaken has gone in as well by now, or was refused. */
  endStep(last: Line): void {
    if (this.#overtaken.length === 0) return;
    for (const { call, by } of this.#overtaken) {
      if (!this.#waiting.has(call)) continue;
      const text =
        `call ${call} still waits, and call ${by} that came later does not`;
      throw new Violation("B3", text, last);
    }
    this.#overtaken = [];
  }

  #remove(call: number): void {
    const place = this.#waiting.get(call);
    if (!place) return;
    this.#waiting.delete(call);
    const queue = this.#queues.get(place.bus)?.get(place.lane);
    const index = queue?.indexOf(call) ?? -1;
    if (index >= 0) queue?.splice(index, 1);
  }
}
