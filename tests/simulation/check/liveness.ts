import type { Line } from "../history.ts";
import { AttachedSets } from "./attached_sets.ts";
import { Callers } from "./callers.ts";
import { type Checker, Violation } from "./checker.ts";
import { Copies } from "./copies.ts";

/** How long everything may take once all is healed, in milliseconds. */
const HEALING_MS = 60_000;
/** How long it may take until all connections are made again, beside the time that lost ones are waited for. */
const RECONNECTING_MS = 9_000;

/**
 * What has to happen in the end: once healed, everything finishes in bounded
 * time (L1); whoever closes something gets to the end of it (L4); a connection
 * that is made again brings back exactly what its program has (L6); and what
 * was ended hands out nothing any more (S5).
 */
export class Liveness implements Checker {
  readonly laws = ["L1", "L4", "L6", "S5"];
  readonly #callers = new Callers({
    gone: (instance) => this.#sets.gone(instance.instance),
  });
  readonly #sets = new AttachedSets(this.#callers);
  readonly #copies = new Copies({});
  /** Buses that are closing. */
  readonly #closing = new Set<string>();
  #healedMs = Infinity;
  #graceMs = 0;
  #isQuiet = false;
  #last: Line | undefined;

  /** Looks at the next line. */
  take(line: Line): void {
    this.#last = line;
    this.#copies.take(line);
    switch (line.type) {
      case "told":
      case "gauges":
        return this.#checkTime(line);
      case "healed":
        this.#healedMs = line.atMs;
        return;
      case "quiescent":
        this.#checkTime(line);
        this.#isQuiet = true;
        return this.#checkQuiet(line);
      case "snapshot":
        return this.#compare(line);
      case "bus_started":
        this.#graceMs = line.settings.reconnectGraceMs;
        return;
      case "bus_ended":
        if (line.how === "closing") this.#closing.add(line.bus);
        else this.#closing.delete(line.bus);
        break;
    }
    this.#sets.take(line);
    this.#callers.take(line);
  }

  /** Whatever was begun has come to its end. */
  end(): void {
    const line = this.#last;
    if (!line) return;
    if (this.#healedMs < Infinity && !this.#isQuiet) {
      throw new Violation("L1", "nothing came to rest after all healed", line);
    }
    for (const { instance, isLeaving } of this.#callers.instances.values()) {
      if (!isLeaving) continue;
      throw new Violation("L4", `${instance} never came to leave`, line);
    }
    for (const bus of this.#closing) {
      throw new Violation("L4", `${bus} never came to be closed`, line);
    }
    this.#sets.checkEnded(line);
  }

  #compare(line: Line & { type: "snapshot" }): void {
    const settledMs = this.#healedMs + RECONNECTING_MS + this.#graceMs;
    if (line.quiet && line.atMs >= settledMs) this.#sets.compare(line);
  }

  #checkTime(line: Line): void {
    const tookMs = line.atMs - this.#healedMs;
    if (this.#isQuiet || tookMs <= HEALING_MS) return;
    const text = `things still happen ${tookMs} ms after all healed`;
    throw new Violation("L1", text, line);
  }

  #checkQuiet(line: Line): void {
    for (const { what } of this.#callers.open.values()) {
      const text = `call ${what.call}, a ${what.verb}, is open at the end`;
      throw new Violation("L1", text, line);
    }
    this.#copies.all(({ messageId, mailbox, state, readyMs }) => {
      if (state === "waiting" && readyMs <= line.atMs) return;
      const text = `${messageId} of "${mailbox}" is ${
        state === "leased" ? "in hand" : "to be tried again"
      } at the end`;
      throw new Violation("L1", text, line);
    });
  }
}
