import type { Clock } from "../core/clock.ts";
import { systemTasks } from "../core/tasks.ts";

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Options of {@linkcode VirtualClock}. */
export interface VirtualClockOptions {
  /**
   * Wall time at the start, in milliseconds since the Unix epoch.
   *
   * @default {1_750_000_000_000}
   */
  nowMs?: number;
}

/** A clock that stands still until a test moves it: an hour takes a millisecond. */
export class VirtualClock implements Clock {
  #wallOffsetMs: number;
  #elapsedMs = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();

  /** A clock that stands at its start. */
  constructor({ nowMs = 1_750_000_000_000 }: VirtualClockOptions = {}) {
    this.#wallOffsetMs = nowMs;
  }

  /** Wall time in milliseconds since the Unix epoch. */
  now(): number {
    return Math.floor(this.#wallOffsetMs + this.#elapsedMs);
  }

  /** Milliseconds since the clock was made. */
  monotonic(): number {
    return this.#elapsedMs;
  }

  /** Calls `callback` when the clock is moved past `delayMs` from now. */
  schedule(delayMs: number, callback: () => void): () => void {
    const timer: Timer = {
      atMs: this.#elapsedMs + Math.max(0, delayMs),
      order: this.#order++,
      callback,
    };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Calls that are still to come. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Sets the wall clock, as a person or a time server would; durations do not change. */
  setWall(nowMs: number): void {
    this.#wallOffsetMs = nowMs - this.#elapsedMs;
  }

  /**
   * Moves time on, making each call that falls due on the way at its own time,
   * and lets the promises that hang on it settle.
   */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#elapsedMs + durationMs;
    await settle();
    for (;;) {
      const next = this.#earliest();
      if (!next || next.atMs > untilMs) break;
      this.#timers.delete(next);
      this.#elapsedMs = Math.max(this.#elapsedMs, next.atMs);
      next.callback();
      await settle();
    }
    await settle(LAST_ROUNDS);
    this.#elapsedMs = untilMs;
  }

  #earliest(): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of this.#timers) {
      const isEarlier = !earliest || timer.atMs < earliest.atMs ||
        (timer.atMs === earliest.atMs && timer.order < earliest.order);
      if (isEarlier) earliest = timer;
    }
    return earliest;
  }
}

/** How often what was put off is waited for, each time and at the end. */
const ROUNDS = 2;
const LAST_ROUNDS = 16;

/** Lets chains of promises run, and what was put off until later, until they wait for time. */
async function settle(rounds = ROUNDS): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await new Promise<void>((resolve) => systemTasks.later(resolve));
  }
}
