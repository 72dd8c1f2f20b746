import type { Line } from "../history.ts";
import type { OpenCall } from "./callers.ts";
import { Violation } from "./checker.ts";

/** How long the bus may take to find out that a requester at the other end is gone. */
const FOUND_OUT_MS = 60_000;

/** Errors that the bus itself has ended the request with. */
const ENDED_BY_BUS: ReadonlySet<string> = new Set([
  "remote",
  "rejected",
  "expired",
  "no_recipient",
  "routing_failed",
  "backpressure_timeout",
]);

/**
 * Requests that the bus must have, and those that it may have: of one that
 * waits at the other end of a connection, or has given up there, nobody can
 * tell whether it has come, or its end.
 */
export class RequestGauge {
  /** By life of the bus: those of its own process that wait. */
  readonly #local = new Map<string, number>();
  /** Streams of the same: their reader may be behind the bus. */
  readonly #streams = new Map<string, number>();
  #remote = 0;
  /** Until when one that has ended at its requester may be there. */
  #lingering: number[] = [];

  /** A program asks. */
  opened(call: OpenCall): void {
    this.#count(call, 1);
  }

  /** The wait is over, or its program has died. */
  ended(call: OpenCall, line: Line, timeoutMs: number): void {
    this.#count(call, -1);
    const isKnown = line.type === "resolved" ||
      (line.type === "rejected" && ENDED_BY_BUS.has(line.code));
    if (isKnown || call.by?.local) return;
    this.#lingering.push(line.atMs + timeoutMs + FOUND_OUT_MS);
  }

  /** Compares with what the bus has at the end of a step. */
  check(line: Line & { readonly type: "gauges" }, requests: number): void {
    const least = this.#local.get(line.bus) ?? 0;
    const streams = this.#streams.get(line.bus) ?? 0;
    if (this.#lingering.length > 0) {
      this.#lingering = this.#lingering.filter((until) => until >= line.atMs);
    }
    const most = least + streams + this.#remote + this.#lingering.length;
    if (requests >= least && requests <= most) return;
    throw new Violation(
      "R3",
      `the bus has ${requests} requests, and should have ${
        least === most ? least : `${least} to ${most}`
      }`,
      line,
    );
  }

  /** When all is quiet, nobody waits. */
  checkQuiet(line: Line, requests: number): void {
    if (requests === 0) return;
    const text = `the bus still has ${requests} requests when all is quiet`;
    throw new Violation("R3", text, line);
  }

  #count({ what, by }: OpenCall, change: 1 | -1): void {
    if (!by?.local) {
      this.#remote += change;
      return;
    }
    const counts = what.verb === "stream" ? this.#streams : this.#local;
    counts.set(by.bus, (counts.get(by.bus) ?? 0) + change);
  }
}
