import type { Clock } from "./clock.ts";
import { BusError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

/** A call that {@linkcode Deadlines} will make; also the ticket to take it back. */
export interface Deadline {
  /** When it falls due, in milliseconds of the monotonic clock. */
  readonly atMs: number;
}

/** Options of {@linkcode Deadlines}. */
export interface DeadlinesOptions {
  /**
   * How long a timer that no deadline needs any more is kept, in milliseconds,
   * so that adding and removing one deadline in turn, as requests one after the
   * other do, does not cost a timer each time. With 0 it ends at once.
   *
   * @default {0}
   */
  idleMs?: number;
}

const NOWHERE = -1;

/** A deadline as the heap holds it: it knows its place, so that it can be removed. */
class HeapNode implements Deadline {
  index = NOWHERE;
  constructor(
    readonly atMs: number,
    readonly order: number,
    readonly callback: () => void,
  ) {}
}

/**
 * Calls at given times, by one timer of the clock for all of them.
 *
 * Adding and removing cost O(log n); a removed deadline is gone at once. Calls
 * are made in the order of their times, ties in the order they were added, and
 * never before the clock says so. While no deadline is held, no timer runs, or
 * soon none.
 * There is no limit of its own: who adds bounds how many.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #heap: HeapNode[] = [];
  #order = 0;
  #closed = false;
  /** When the timer that runs will fire; `Infinity` while none does. */
  #armedAtMs = Infinity;
  #cancelTimer: (() => void) | undefined;
  #cancelIdle: (() => void) | undefined;
  /** The time up to which calls are being made; `-Infinity` while none is. */
  #callingAtMs = -Infinity;

  /** No deadlines yet, by the given clock. */
  constructor(clock: Clock, { idleMs = 0 }: DeadlinesOptions = {}) {
    this.#clock = clock;
    this.#idleMs = idleMs;
  }

  /** Deadlines to come. */
  get size(): number {
    return this.#heap.length;
  }

  /**
   * Calls `callback` once, at `atMs` of the monotonic clock or as soon after as
   * possible; never before this method returns, even when that time is past.
   *
   * A callback that throws does not stop the others that are due: when they
   * have run and the timer is set again, the timer's call throws the error, or
   * an `AggregateError` of several, as any timer's callback would.
   *
   * @throws {RangeError} If `atMs` is not a finite number.
   * @throws {BusError} With code `"closed"` after `close()`.
   */
  add(atMs: number, callback: () => void): Deadline {
    if (!Number.isFinite(atMs)) {
      throw new RangeError(
        `Cannot add deadline as its time must be a finite number: current value is ${atMs}`,
      );
    }
    if (this.#closed) {
      throw new BusError(
        "closed",
        "Cannot add deadline as deadlines must be open: they were closed",
      );
    }
    // Among the calls that are being made, what is added goes behind those due.
    const node = new HeapNode(
      Math.max(atMs, this.#callingAtMs),
      this.#order++,
      callback,
    );
    this.#heap.push(node);
    this.#rise(node, this.#heap.length - 1);
    if (atMs < this.#armedAtMs) this.#arm();
    return node;
  }

  /** Takes a deadline back. Harmless when its call was made, or it was taken back before. */
  remove(deadline: Deadline): void {
    const isHeld = deadline instanceof HeapNode &&
      this.#heap[deadline.index] === deadline;
    if (!isHeld) return;
    this.#takeOut(deadline);
    // When this was the earliest its timer stays: it will find nothing due and
    // be set anew, once, however many earliest ones were removed meanwhile.
    if (this.#heap.length === 0) this.#onEmpty();
  }

  /** Forgets every deadline and stops the timer. Safe to call twice. */
  close(): void {
    this.#closed = true;
    this.#heap.length = 0;
    this.#disarm();
    this.#cancelIdle?.();
    this.#cancelIdle = undefined;
  }

  #onEmpty(): void {
    if (this.#idleMs === 0) return this.#disarm();
    // One look for however many times it is empty until then.
    this.#cancelIdle ??= this.#clock.schedule(this.#idleMs, () => {
      this.#cancelIdle = undefined;
      if (this.#heap.length === 0) this.#disarm();
    });
  }

  #arm(): void {
    const first = this.#heap[0];
    this.#disarm();
    if (first === undefined) return;
    const delayMs = Math.max(0, first.atMs - this.#clock.monotonic());
    this.#armedAtMs = first.atMs;
    // Rounded up, as timers drop the fraction and would fire before the time.
    this.#cancelTimer = this.#clock.schedule(
      Math.min(Math.ceil(delayMs), LIMITS.maxDurationMs),
      () => this.#fire(),
    );
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#armedAtMs = Infinity;
  }

  #fire(): void {
    this.#cancelTimer = undefined;
    // While the callbacks run no deadline they add sets a timer: one is set below.
    this.#armedAtMs = -Infinity;
    this.#callingAtMs = this.#clock.monotonic();
    const errors = this.#callDue(this.#callingAtMs);
    this.#callingAtMs = -Infinity;
    this.#arm();
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) {
      throw new AggregateError(
        errors,
        `${errors.length} deadlines' callbacks failed`,
      );
    }
  }

  #callDue(nowMs: number): unknown[] {
    const errors: unknown[] = [];
    // What callbacks add has its turn by the next timer, or a callback that
    // adds a due deadline each time would hold the event loop for ever.
    const before = this.#order;
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.atMs > nowMs || first.order >= before) {
        return errors;
      }
      this.#takeOut(first);
      try {
        first.callback();
      } catch (error) {
        errors.push(error);
      }
    }
  }

  #takeOut(node: HeapNode): void {
    const index = node.index;
    node.index = NOWHERE;
    const last = this.#heap.pop();
    if (last === undefined || last === node) return;
    if (index > 0 && isBefore(last, this.#nodeAt((index - 1) >> 1))) {
      this.#rise(last, index);
    } else {
      this.#sink(last, index);
    }
  }

  /** Puts `node` at `index` or above, where its parent is before it. */
  #rise(node: HeapNode, index: number): void {
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#nodeAt(parentIndex);
      if (isBefore(parent, node)) break;
      this.#put(parent, index);
      index = parentIndex;
    }
    this.#put(node, index);
  }

  /** Puts `node` at `index` or below, where its children are after it. */
  #sink(node: HeapNode, index: number): void {
    for (;;) {
      const left = 2 * index + 1;
      if (left >= this.#heap.length) break;
      const right = left + 1;
      const earlier = right < this.#heap.length &&
          isBefore(this.#nodeAt(right), this.#nodeAt(left))
        ? right
        : left;
      const child = this.#nodeAt(earlier);
      if (isBefore(node, child)) break;
      this.#put(child, index);
      index = earlier;
    }
    this.#put(node, index);
  }

  #put(node: HeapNode, index: number): void {
    this.#heap[index] = node;
    node.index = index;
  }

  #nodeAt(index: number): HeapNode {
    return this.#heap[index] as HeapNode;
  }
}

function isBefore(one: HeapNode, other: HeapNode): boolean {
  return one.atMs < other.atMs ||
    (one.atMs === other.atMs && one.order < other.order);
}
