import { LIMITS } from "./limits.ts";

/** What {@linkcode LateTimers} take of the machine. */
export interface TimerSource {
  /** Names `setTimeout`. */
  load(): void;
  /** Milliseconds since an arbitrary origin. */
  monotonic(): number;
  /** Aborts once so much time has passed, timers or not, and keeps the process going while that is listened to. */
  after(delayMs: number): AbortSignal;
  /** Calls back with the timers, which are loaded. @returns What takes the call back. */
  schedule(delayMs: number, callback: () => void): () => void;
}

/** A call that waits for the timers. */
interface Waiting {
  readonly at: number;
  readonly callback: () => void;
  cancel?: () => void;
}

/**
 * The machine's timers, which a program gets when it needs them: Deno loads them,
 * and much of Node's library with them, when `setTimeout` is first named. That
 * takes 6 ms, a third of what Deno itself takes to start, and most timers of
 * the first moments never go off. So calls that are put off wait here until
 * {@linkcode LIMITS.lateTimersMs} have passed, or the first of them is due.
 *
 * While they load, microtasks run that wait: in the middle of whatever has named
 * them. So they are loaded in a turn of their own, or by {@linkcode LateTimers.load}
 * where nothing is under way.
 */
export class LateTimers {
  readonly #source: TimerSource;
  readonly #waiting = new Set<Waiting>();
  #state: "absent" | "loading" | "there" = "absent";
  #alarm: AbortSignal | undefined;
  #alarmAt = Infinity;

  /** Loads nothing yet; where they are there, nothing will be put off. */
  constructor(source: TimerSource, { areThere = false } = {}) {
    this.#source = source;
    if (areThere) this.#state = "there";
  }

  /** Calls back after so many milliseconds. @returns What takes the call back. */
  schedule(delayMs: number, callback: () => void): () => void {
    if (this.#state === "there") {
      return this.#source.schedule(delayMs, callback);
    }
    // As timers take what is negative, or no number; signals refuse it.
    const waitMs = delayMs > 0 ? delayMs : 0;
    const waiting: Waiting = {
      at: this.#source.monotonic() + waitMs,
      callback,
    };
    this.#waiting.add(waiting);
    this.#wakeAt(Math.min(waitMs, LIMITS.lateTimersMs));
    return () => this.#cancel(waiting);
  }

  /** Loads them now. For whoever is about to run code of others, which may name them anywhere. */
  load(): void {
    if (this.#state !== "absent") return;
    this.#state = "loading";
    this.#source.load();
    this.#state = "there";
    this.#rest();
    const now = this.#source.monotonic();
    for (const waiting of this.#waiting) {
      const delayMs = Math.max(0, waiting.at - now);
      waiting.cancel = this.#source.schedule(delayMs, waiting.callback);
    }
    this.#waiting.clear();
  }

  #cancel(waiting: Waiting): void {
    waiting.cancel?.();
    // The process need not go on for the others.
    if (this.#waiting.delete(waiting) && this.#waiting.size === 0) this.#rest();
  }

  #wakeAt(delayMs: number): void {
    const at = this.#source.monotonic() + delayMs;
    if (
      this.#alarm === undefined || this.#alarm.aborted || at < this.#alarmAt
    ) {
      this.#rest();
      this.#alarm = this.#source.after(delayMs);
      this.#alarmAt = at;
    }
    this.#alarm.addEventListener("abort", this.#onAlarm, { once: true });
  }

  #rest(): void {
    this.#alarm?.removeEventListener("abort", this.#onAlarm);
  }

  readonly #onAlarm = () => this.load();
}
