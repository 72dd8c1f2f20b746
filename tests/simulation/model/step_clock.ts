import type { Clock } from "../../../mod.ts";

/** Lets everything happen that can without time going on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await undefined;
}

const TURNS = 80;
const WALL_MS = 1_750_000_000_000;

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * A clock that stands still until it is moved. It does not wait for input,
 * output or timers of the machine, of which there are none here: a hundred
 * thousand steps take seconds.
 */
export class StepClock implements Clock {
  #elapsedMs = 0;
  #wallMs = WALL_MS;
  #order = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return Math.floor(this.#wallMs + this.#elapsedMs);
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  schedule(delayMs: number, callback: () => void): () => void {
    const atMs = this.#elapsedMs + Math.max(0, delayMs);
    const timer = { atMs, order: this.#order++, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** Moves the wall clock alone. */
  jump(byMs: number): void {
    this.#wallMs += byMs;
  }

  /** Moves time on, making each call at its own time. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#elapsedMs + durationMs;
    for (;;) {
      const [next] = [...this.#timers].filter(({ atMs }) => atMs <= untilMs)
        .sort((a, b) => a.atMs - b.atMs || a.order - b.order);
      if (!next) break;
      this.#timers.delete(next);
      this.#elapsedMs = Math.max(this.#elapsedMs, next.atMs);
      next.callback();
      await settle();
    }
    this.#elapsedMs = untilMs;
  }
}
