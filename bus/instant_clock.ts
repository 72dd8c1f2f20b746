import type { Clock } from "../core/clock.ts";

/** Something that stands still while the bus works, and goes on while a user's work runs. */
export interface Pausable {
  /** Has it go on. @returns Whether it stood still. */
  resume(): boolean;
  /** Has it stand still again. */
  hold(): void;
}

/**
 * A clock that can be held: what is done meanwhile is done at one instant, and
 * reading the time costs nothing after the first look. Held while frames are
 * taken that arrived together, while a request of this process is taken, which
 * needs the time four times, and while copies are handed out. For handlers and
 * responders it goes on; no other code of a user's runs then but that of rules,
 * of retry policies, and of whoever listens to a signal.
 */
export class InstantClock implements Clock, Pausable {
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

  /** Holds it for one step of work. @returns Whether it ran: then it is to be released after that. */
  begin(): boolean {
    const ran = !this.#isHeld;
    this.#isHeld = true;
    return ran;
  }

  /** Has it run again. */
  release(): void {
    this.#isHeld = false;
    this.#wallMs = this.#monotonicMs = undefined;
  }

  /** Has it run, for a while. @returns Whether it was held. */
  resume(): boolean {
    const wasHeld = this.#isHeld;
    this.release();
    return wasHeld;
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
