import type { Line } from "../history.ts";
import { Wall } from "./wall.ts";

/** How long a bus remembers which sends were made, in milliseconds. */
export const WINDOW_MS = 120_000;

/** A send that a bus remembers. */
export interface RememberedSend {
  /** The message it made. */
  readonly id: string;
  /** No earlier than this is it forgotten. */
  readonly untilMs: number;
  /** By the wall clock, when it was made, or somewhat earlier. */
  readonly madeAt: number;
  /** It outlives the bus. */
  readonly isKept: boolean;
}

/**
 * Which deduplication ids a bus has to remember: those of its own life, and, on
 * a store, those of the lives before, for what is left by the wall clock.
 */
export class SendsRemembered {
  readonly #lives = new Map<string, Map<string, RememberedSend>>();
  readonly #wall = new Wall();
  /** What a life on a store has left. */
  #left = new Map<string, RememberedSend>();
  /** When the last life ended. */
  #leftMs = -Infinity;
  /** The life that reads its store. */
  #opening: string | undefined;

  /** Looks at the next line. */
  take(line: Line): void {
    this.#wall.take(line);
    switch (line.type) {
      case "bus_started": {
        const { hasStore = false } = line.settings;
        this.#opening = hasStore ? line.bus : undefined;
        this.#lives.set(line.bus, new Map(hasStore ? this.#left : []));
        // The wall clock is read while the store is: at some time until that is open.
        return this.#shorten(line.atMs, Infinity);
      }
      case "wall_set":
        return this.#shorten(line.atMs);
      case "told":
        if (line.event.type === "store_opened") this.#opening = undefined;
        return;
      case "bus_ended":
        if (line.how === "closing") return;
        this.#leave(line.bus);
        this.#leftMs = line.atMs;
        this.#opening = undefined;
    }
  }

  /** What a life of a bus remembers under a key, at a time if that is given. */
  find(bus: string, key: string, atMs = -Infinity): RememberedSend | undefined {
    const found = this.#lives.get(bus)?.get(key);
    return found && atMs < found.untilMs ? found : undefined;
  }

  /** A send was made. */
  add(bus: string, key: string, send: RememberedSend): void {
    this.#lives.get(bus)?.set(key, send);
  }

  /** By the wall clock, when one was written at the earliest that the life before accepted, and did not come to tell. */
  writtenAt(timestamp: number, calledMs: number): number {
    return Math.min(timestamp, this.#wall.lowestSet(calledMs, this.#leftMs));
  }

  /** Of one that was made at that time of the wall clock, how long it is remembered at least. */
  leftMs(madeAt: number, wallMs: number): number {
    return Math.max(0, WINDOW_MS - Math.max(0, wallMs - madeAt));
  }

  #shorten(atMs: number, mostMs?: number): void {
    const wallMs = this.#wall.showsAt(atMs);
    const sends = this.#lives.get(this.#opening ?? "");
    if (!sends || wallMs === undefined) return;
    for (const [key, send] of sends) {
      const untilMs = atMs + this.leftMs(send.madeAt, wallMs);
      const knownMs = mostMs ?? send.untilMs;
      sends.set(key, { ...send, untilMs: Math.min(knownMs, untilMs) });
    }
  }

  /** What was to be remembered and is not read yet is left, too. */
  #leave(bus: string): void {
    const left = new Map<string, RememberedSend>();
    for (const [key, send] of this.#lives.get(bus) ?? []) {
      if (send.isKept) left.set(key, send);
    }
    this.#left = left;
    this.#lives.delete(bus);
  }
}
