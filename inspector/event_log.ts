import type { BusEvent, Clock } from "../mod.ts";
import type { Display } from "./display.ts";
import { INSPECTOR_LIMITS } from "./inspector_limits.ts";
import { BRIEFLY } from "./shown.ts";

/** An event with its number. */
class LoggedEvent {
  readonly #event: BusEvent;
  #text: string | undefined;

  constructor(event: BusEvent) {
    this.#event = event;
  }

  /** The event in JSON, written once however many read it. */
  text(display: Display): string {
    return this.#text ??= JSON.stringify(display.event(this.#event, BRIEFLY));
  }
}

/** What a reader gets at one time. */
export interface LogPart {
  /** The events in JSON, oldest first. */
  readonly texts: readonly string[];
  /** How many before them are lost to the reader. */
  readonly lost: number;
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
  #events: LoggedEvent[] = [];
  #last = 0;
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
    this.#last++;
    this.#events.push(new LoggedEvent(event));
    // Cut in one piece now and then: shifting at each event would move all.
    if (this.#events.length >= 2 * INSPECTOR_LIMITS.maxKeptEvents) {
      this.#events = this.#events.slice(-INSPECTOR_LIMITS.maxKeptEvents);
    }
    for (const wake of this.#wakes) wake();
  }

  /** Tells that no event will come any more. */
  end(): void {
    this.#ended = true;
    for (const wake of this.#wakes) wake();
  }

  /** What came after the event with this number, `max` at most. */
  after(number: number, max: number): LogPart {
    const kept = Math.min(
      this.#events.length,
      INSPECTOR_LIMITS.maxKeptEvents,
    );
    const lost = Math.max(0, this.#last - kept - number);
    const first = number + lost;
    const from = this.#events.length - (this.#last - first);
    const texts = this.#events.slice(from, from + max)
      .map((event) => event.text(this.#display));
    return { texts, lost, last: first + texts.length };
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
}
