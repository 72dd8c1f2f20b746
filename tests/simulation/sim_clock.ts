import type { Clock } from "../../mod.ts";
import type { Dice } from "../support/dice.ts";

interface Timer {
  readonly atMs: number;
  /** Drawn, as nothing is promised of timers that fall due together. */
  readonly tie: number;
  readonly callback: () => void;
  isCancelled: boolean;
}

/**
 * The clock of a simulated world: it stands still until the next timer is run.
 * Timers that fall due together run in an order of chance, which is the one
 * choice that an event loop makes.
 */
export class SimClock implements Clock {
  readonly #dice: Dice;
  readonly #heap: Timer[] = [];
  #elapsedMs = 0;
  #wallOffsetMs = 1_750_000_000_000;
  #timers = 0;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  now(): number {
    return Math.floor(this.#wallOffsetMs + this.#elapsedMs);
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  schedule(delayMs: number, callback: () => void): () => void {
    const timer: Timer = {
      atMs: this.#elapsedMs + Math.max(0, delayMs),
      tie: this.#dice.next(),
      callback,
      isCancelled: false,
    };
    this.#timers++;
    this.#push(timer);
    return () => this.#cancel(timer);
  }

  /** Timers to come. */
  get timers(): number {
    return this.#timers;
  }

  /** Moves the wall clock, as a person or a time server would; durations do not change. */
  moveWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /** When the next timer falls due; `Infinity` if there is none. */
  get nextAtMs(): number {
    this.#dropCancelled();
    return this.#heap[0]?.atMs ?? Infinity;
  }

  /** Moves on to the next timer, which must be there, and runs it. */
  runNext(): void {
    this.#dropCancelled();
    const timer = this.#pop();
    if (!timer) throw new RangeError("Cannot run a timer as there is none");
    this.#elapsedMs = timer.atMs;
    this.#cancel(timer);
    timer.callback();
  }

  #cancel(timer: Timer): void {
    if (timer.isCancelled) return;
    timer.isCancelled = true;
    this.#timers--;
  }

  #dropCancelled(): void {
    while (this.#heap[0]?.isCancelled) this.#pop();
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let index = heap.push(timer) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (!above || isBefore(above, timer)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = timer;
  }

  #pop(): Timer | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || first === last) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      let least = heap[child];
      const right = heap[child + 1];
      if (least && right && isBefore(right, least)) {
        child++;
        least = right;
      }
      if (!least || isBefore(last, least)) break;
      heap[index] = least;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.atMs < other.atMs ||
    (one.atMs === other.atMs && one.tie < other.tie);
}
