import type { BusEvent, Clock } from "../mod.ts";
import type { Display } from "./display.ts";
import { INSPECTOR_LIMITS } from "./inspector_limits.ts";
import { BRIEFLY } from "./shown.ts";

/** Something that readers are told, as the fields of a server-sent event. */
interface LogEntry {
  text(display: Display): string;
}

/** An event. */
class LoggedEvent implements LogEntry {
  readonly #event: BusEvent;
  #text: string | undefined;

  constructor(event: BusEvent) {
    this.#event = event;
  }

  /** Written once, however many read it, and not at all if nobody does. */
  text(display: Display): string {
    return this.#text ??= `data: ${
      JSON.stringify(display.event(this.#event, BRIEFLY))
    }`;
  }
}

/** Stands for events that were not read. */
const GAP: LogEntry = { text: () => 'event: lost\ndata: {"lost":null}' };

/** What a reader gets at one time. */
export interface LogPart {
  /** The fields of server-sent events, oldest first. */
  readonly entries: readonly string[];
  /** How many before them are lost to the reader; `null` if nobody knows. */
  readonly lost: number | null;
  /** The number of the last one, to go on from. */
  readonly last: number;
}

/**
 * The last 1,000 events of a bus, numbered from 1: one log for all readers, so
 * that one that stalls holds nothing but its place. A reader further behind
 * than that loses the oldest, and is told how many.
 */
export class EventLog {
  readonly #display: Display;
  #entries: LogEntry[] = [];
  #last = 0;
  #lastGap = 0;
  #ended = false;
  readonly #wakes = new Set<() => void>();

  /** An empty log; events are shown by `display`. */
  constructor(display: Display) {
    this.#display = display;
  }

  /** The number of the latest event; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** Whether no event will come any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Adds an event. */
  add(event: BusEvent): void {
    this.#push(new LoggedEvent(event));
  }

  /** Tells that events after the latest were not read, nobody knows how many. */
  addGap(): void {
    this.#push(GAP);
    this.#lastGap = this.#last;
  }

  /** Tells that no event will come any more. */
  end(): void {
    this.#ended = true;
    for (const wake of this.#wakes) wake();
  }

  /** What came after the event with this number, `max` at most. */
  after(number: number, max: number): LogPart {
    const kept = Math.min(
      this.#entries.length,
      INSPECTOR_LIMITS.maxKeptEvents,
    );
    const missed = Math.max(0, this.#last - kept - number);
    const first = number + missed;
    const from = this.#entries.length - (this.#last - first);
    const entries = this.#entries.slice(from, from + max)
      .map((entry) => entry.text(this.#display));
    const lost = missed > 0 && this.#lastGap > number ? null : missed;
    return { entries, lost, last: first + entries.length };
  }

  /** Waits for an event after this number, the end or the signal, `maxMs` milliseconds at most. */
  async wait(
    number: number,
    { clock, maxMs, signal }: {
      clock: Clock;
      maxMs: number;
      signal: AbortSignal;
    },
  ): Promise<void> {
    if (this.#ended || this.#last > number || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    const cancel = clock.schedule(maxMs, wake);
    this.#wakes.add(wake);
    signal.addEventListener("abort", wake, { once: true });
    await promise;
    signal.removeEventListener("abort", wake);
    this.#wakes.delete(wake);
    cancel();
  }

  #push(entry: LogEntry): void {
    this.#last++;
    this.#entries.push(entry);
    // Cut in one piece now and then: shifting at each event would move all.
    if (this.#entries.length >= 2 * INSPECTOR_LIMITS.maxKeptEvents) {
      this.#entries = this.#entries.slice(-INSPECTOR_LIMITS.maxKeptEvents);
    }
    for (const wake of this.#wakes) wake();
  }
}
