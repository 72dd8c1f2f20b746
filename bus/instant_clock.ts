import type { Clock } from "../core/clock.ts";

/**
 * A clock that can be held: what is done meanwhile is done at one instant, and
 * reading the time costs nothing after the first look. Held while frames are
 * taken that arrived together, in which no user's code runs but that of rules
 * and of whoever listens to a signal; and while copies are only passed on.
 */
export class InstantClock implements Clock {
  readonly #clock: Clock;
  #isHeld = false;
  #wallMs: number | undefined;
  #monotonicMs: number | undefined;

  /** The given clock, running. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Holds it, at the time at which it is next looked at. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Has it run again. */
  release(): void {
    this.#isHeld = false;
    this.#wallMs = this.#monotonicMs = undefined;
  }

  /** Wall time in milliseconds since the Unix epoch. */
  now(): number {
    if (!this.#isHeld) return this.#clock.now();
    this.#wallMs ??= this.#clock.now();
    return this.#wallMs;
  }

  /** Milliseconds since an arbitrary origin. */
  monotonic(): number {
    if (!this.#isHeld) return this.#clock.monotonic();
    this.#monotonicMs ??= this.#clock.monotonic();
    return this.#monotonicMs;
  }

  /** Calls `callback` once, `delayMs` milliseconds from now. */
  schedule(delayMs: number, callback: () => void): () => void {
    return this.#clock.schedule(delayMs, callback);
  }
}
