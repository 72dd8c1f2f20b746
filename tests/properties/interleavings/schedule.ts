import type { Clock } from "../../../core/clock.ts";
import { systemTasks, type Tasks } from "../../../core/tasks.ts";
import type { Dice } from "../../support/dice.ts";

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Turns of the promise queue that may pass between two pieces of work. */
const MAX_TURNS = 3;
/** How often a timer fires although there is work to do: a process that lags behind, */
const LAG_SHARE = 0.05;
/** and how far. */
const LAG_MS = 50;

/**
 * Time and order as chance has them: of all that is put off, one piece at a
 * time is chosen at random; between two pieces a few turns of the promise queue
 * pass; and time goes on, to the next timer, when nothing else is left to do.
 */
export class Schedule implements Clock, Tasks {
  /** Pieces of work done. */
  steps = 0;
  /** Called each time nothing is left to do but to wait. */
  onIdle: () => void = () => {};
  readonly #dice: Dice;
  readonly #ready: (() => void)[] = [];
  readonly #timers = new Set<Timer>();
  #elapsedMs = 0;
  #order = 0;

  /** Nothing is to be done yet. */
  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** Wall time. */
  now(): number {
    return 1_750_000_000_000 + this.#elapsedMs;
  }

  /** Time since the start. */
  monotonic(): number {
    return this.#elapsedMs;
  }

  /** Calls that wait for their time. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Calls `callback` when it is time. */
  schedule(delayMs: number, callback: () => void): () => void {
    const atMs = this.#elapsedMs + Math.max(0, delayMs);
    const timer = { atMs, order: this.#order++, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Does `task` when chance has it. */
  soon(task: () => void): void {
    this.#ready.push(task);
  }

  /** The same: a machine may be idle at any time. */
  later(task: () => void): void {
    this.#ready.push(task);
  }

  /** Resolves when chance has it. */
  turn(): Promise<void> {
    return new Promise((resolve) => this.soon(resolve));
  }

  /** Resolves when time has gone on so far. */
  pass(durationMs: number): Promise<void> {
    return new Promise((resolve) => void this.schedule(durationMs, resolve));
  }

  /**
   * Goes on until `isDone`, at most for so long.
   *
   * @returns Whether it is done.
   */
  async run(isDone: () => boolean, maxMs: number): Promise<boolean> {
    const untilMs = this.#elapsedMs + maxMs;
    while (!isDone()) {
      if (this.#ready.length === 0) {
        await settle();
        if (this.#ready.length > 0 || isDone()) continue;
        this.onIdle();
        if (!this.#fireNext(untilMs)) return false;
      } else {
        const lags = this.#dice.chance(LAG_SHARE);
        const lagMs = Math.min(untilMs, this.#elapsedMs + LAG_MS);
        if (!lags || !this.#fireNext(lagMs)) this.#doOne();
      }
      this.steps++;
      const turns = this.#dice.int(0, MAX_TURNS);
      for (let turn = 0; turn < turns; turn++) await undefined;
    }
    return true;
  }

  #doOne(): void {
    const index = this.#dice.int(0, this.#ready.length - 1);
    const last = this.#ready.pop();
    if (!last) return;
    const chosen = this.#ready[index] ?? last;
    if (chosen !== last) this.#ready[index] = last;
    chosen();
  }

  /** Fires the timer that is due first. @returns Whether there is one until then. */
  #fireNext(untilMs: number): boolean {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      const isEarlier = !next || timer.atMs < next.atMs ||
        (timer.atMs === next.atMs && timer.order < next.order);
      if (isEarlier) next = timer;
    }
    if (!next || next.atMs > untilMs) return false;
    this.#timers.delete(next);
    this.#elapsedMs = Math.max(this.#elapsedMs, next.atMs);
    next.callback();
    return true;
  }
}

/** Lets every chain of promises run until it waits for something else. */
function settle(): Promise<void> {
  return new Promise((resolve) => systemTasks.later(resolve));
}
