import type { BusEvent } from "./events.ts";
import { LIMITS } from "./limits.ts";

/** A {@linkcode BusEvent} before its time is added. */
export type BusEventInit = BusEvent extends infer E
  ? E extends BusEvent ? Omit<E, "at"> : never
  : never;

/** Hands each event to every reader; a reader that is too far behind loses its oldest. */
export class EventHub {
  readonly #now: () => number;
  readonly #readers = new Set<EventReader>();
  #lost = 0;
  #closed = false;

  /** Events are stamped with the wall time that `now` tells. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether anybody reads: events that nobody reads need not be made. */
  get active(): boolean {
    return this.#readers.size > 0;
  }

  /** Events that readers were too slow for, all readers together. */
  get lost(): number {
    return this.#lost;
  }

  /** Hands an event to every reader. */
  emit(event: BusEventInit): void {
    if (this.#readers.size === 0) return;
    const stamped = { ...event, at: this.#now() } as BusEvent;
    for (const reader of this.#readers) {
      if (reader.push(stamped)) this.#lost++;
    }
  }

  /** Reads the events that come from now on, until `signal` aborts or the hub closes. */
  read({ signal }: { signal?: AbortSignal } = {}): AsyncIterable<BusEvent> {
    const reader = new EventReader(() => {
      this.#readers.delete(reader);
      signal?.removeEventListener("abort", end);
    });
    const end = () => reader.end();
    if (this.#closed || signal?.aborted) {
      reader.end();
      return reader;
    }
    this.#readers.add(reader);
    signal?.addEventListener("abort", end, { once: true });
    return reader;
  }

  /** Ends every reader, once it has read what it has. */
  close(): void {
    this.#closed = true;
    for (const reader of [...this.#readers]) reader.end();
  }
}

/** One reader's bounded backlog. */
class EventReader implements AsyncIterableIterator<BusEvent> {
  readonly #onEnd: () => void;
  #events: BusEvent[] = [];
  #waiting: (() => void)[] = [];
  #ended = false;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  /** @returns Whether an older event was lost for it. */
  push(event: BusEvent): boolean {
    this.#events.push(event);
    const isFull = this.#events.length > LIMITS.maxBufferedEvents;
    if (isFull) this.#events.shift();
    this.#waiting.shift()?.();
    return isFull;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async next(): Promise<IteratorResult<BusEvent, undefined>> {
    for (;;) {
      const event = this.#events.shift();
      if (event) return { done: false, value: event };
      if (this.#ended) return { done: true, value: undefined };
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    }
  }

  return(): Promise<IteratorResult<BusEvent, undefined>> {
    this.#events = [];
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
