import { quantile } from "../statistics.ts";

/** Between two looks, in milliseconds. */
const STEP_MS = 5;

/** Watches how late the event loop of a process calls a timer. */
export class Lateness {
  #timer: ReturnType<typeof setInterval> | undefined;
  #lateMs: number[] = [];

  /** Starts anew. */
  start(): void {
    this.stop();
    this.#lateMs = [];
    let dueAt = performance.now() + STEP_MS;
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#lateMs.push(Math.max(0, now - dueAt));
      dueAt = now + STEP_MS;
    }, STEP_MS);
  }

  /** Ends it. @returns What 99 of 100 calls were not later than, in milliseconds. */
  stop(): number {
    clearInterval(this.#timer);
    return quantile(this.#lateMs.toSorted((a, b) => a - b), 0.99);
  }
}
