import type { Clock } from "../core/clock.ts";
import { LIMITS } from "../core/limits.ts";

interface Remembered {
  readonly id: Promise<string> | string;
  readonly untilMs: number;
}

/**
 * Which sends were made before. An id is remembered for two minutes; when there
 * are too many, the oldest is forgotten early.
 */
export class Deduplication {
  readonly #clock: Clock;
  // All live equally long, so the order of insertion is the order of expiry.
  readonly #remembered = new Map<string, Remembered>();

  /** Remembers nothing yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sends remembered. */
  get size(): number {
    return this.#remembered.size;
  }

  /** What the first send with this key resolved to, or will. */
  find(key: string): Promise<string> | string | undefined {
    this.#forgetOld();
    return this.#remembered.get(key)?.id;
  }

  /** Remembers a send; one that is refused is forgotten, so that it can be made again. */
  remember(key: string, id: Promise<string> | string): void {
    const untilMs = this.#clock.monotonic() + LIMITS.deduplicationWindowMs;
    this.#remembered.set(key, { id, untilMs });
    if (typeof id !== "string") {
      id.catch(() => this.#remembered.delete(key));
    }
    if (this.#remembered.size > LIMITS.maxDeduplicationIds) this.#forgetOne();
  }

  #forgetOld(): void {
    const nowMs = this.#clock.monotonic();
    for (const [key, { untilMs }] of this.#remembered) {
      if (untilMs > nowMs) return;
      this.#remembered.delete(key);
    }
  }

  #forgetOne(): void {
    for (const key of this.#remembered.keys()) {
      this.#remembered.delete(key);
      return;
    }
  }
}
