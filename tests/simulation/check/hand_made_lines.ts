import type { BusSettings, Entry, Line, Told } from "../history.ts";
import { PLAIN_SETTINGS } from "./hand_made_facts.ts";

/**
 * The lines of a history written by hand, and what they all say: step, time, and
 * the life of the bus they are about.
 */
export class HandMadeLines {
  /** What was written. */
  readonly lines: Line[] = [];
  #step = 0;
  #atMs = 0;
  /** How far the wall clock is ahead of the time of the history. */
  #wallAheadMs = 0;
  #isTogether = false;
  #bus = "bus#1";
  #settings: Partial<BusSettings> = {};

  /** The life of the bus that shorthands speak of. */
  protected get bus(): string {
    return this.#bus;
  }

  /** Writes any line. */
  add(entry: Entry): this {
    if (!this.#isTogether) this.#step++;
    this.lines.push({ ...entry, step: this.#step, atMs: this.#atMs });
    return this;
  }

  /** Writes several lines in one step. */
  together(write: (history: this) => void): this {
    this.#step++;
    this.#isTogether = true;
    write(this);
    this.#isTogether = false;
    return this;
  }

  /** Lets time pass, in milliseconds. */
  wait(ms: number): this {
    this.#atMs += ms;
    return this;
  }

  /** Somebody sets the wall clock. */
  wallSet(byMs: number): this {
    this.#wallAheadMs += byMs;
    return this.add({ type: "wall_set", byMs });
  }

  /** A life of the bus begins, and shorthands speak of it from here on. */
  busStarted(bus = "bus#1", settings: Partial<BusSettings> = {}): this {
    this.#bus = bus;
    this.#settings = settings;
    return this.add({
      type: "bus_started",
      bus,
      settings: { ...PLAIN_SETTINGS, ...settings },
    });
  }

  /** The bus is killed, and started again as it was. */
  busRestarted(bus = "bus#2"): this {
    return this.busEnded().busStarted(bus, this.#settings);
  }

  /** The life of the bus ends. */
  busEnded(how: "killed" | "closing" | "closed" = "killed"): this {
    return this.add({ type: "bus_ended", bus: this.#bus, how });
  }

  /** The bus tells something. */
  told(event: Untimed): this {
    return this.add({
      type: "told",
      bus: this.#bus,
      event: { ...event, at: this.#atMs + this.#wallAheadMs },
    });
  }
}

type Untimed = Told extends infer E ? E extends Told ? Omit<E, "at"> : never
  : never;
