import type { Clock } from "../core/clock.ts";
import { systemTasks } from "../core/tasks.ts";
import { LIMITS } from "../core/limits.ts";

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
  /** Calls made since time has moved. */
  #callsNow = 0;
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
   *
   * @throws {RangeError} If calls go on to fall due at one moment: 100,000.
   */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#elapsedMs + durationMs;
    await settle();
    for (;;) {
      const next = this.#earliest();
      if (!next || next.atMs > untilMs) break;
      this.#make(next);
      await settle();
    }
    await settle(LAST_ROUNDS);
    this.#moveTo(untilMs);
  }

  /**
   * Moves time on call by call, as {@linkcode VirtualClock.advance} does, until
   * `condition` holds, for at most `withinMs` milliseconds.
   *
   * @returns Whether it holds. Time stands where it began to, else at the end.
   * @throws {RangeError} As `advance` does.
   */
  async advanceUntil(
    condition: () => boolean,
    withinMs: number,
  ): Promise<boolean> {
    const untilMs = this.#elapsedMs + withinMs;
    for (;;) {
      if (await settlesTo(condition)) return true;
      const next = this.#earliest();
      if (!next || next.atMs > untilMs) break;
      this.#make(next);
    }
    this.#moveTo(untilMs);
    return false;
  }

  #make(timer: Timer): void {
    if (timer.atMs > this.#elapsedMs) this.#moveTo(timer.atMs);
    if (++this.#callsNow > LIMITS.maxCallsAtOneMoment) {
      throw new RangeError(
        `Cannot advance clock as at most ${LIMITS.maxCallsAtOneMoment} calls may fall due at one moment: so many were made at ${this.#elapsedMs} ms, and more are due`,
      );
    }
    this.#timers.delete(timer);
    timer.callback();
  }

  /** Never back: several may move time on at once. */
  #moveTo(atMs: number): void {
    if (atMs <= this.#elapsedMs) return;
    this.#elapsedMs = atMs;
    this.#callsNow = 0;
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

/** The same, and ends as soon as `condition` holds. @returns Whether it does. */
async function settlesTo(condition: () => boolean): Promise<boolean> {
  for (let round = 0; round < LAST_ROUNDS && !condition(); round++) {
    await settle(1);
  }
  return condition();
}
