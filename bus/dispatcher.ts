import type { Tasks } from "../core/tasks.ts";

/** Something that hands out what it holds, a bounded number at a time. */
export interface Dispatchable {
  /** Whether it is in the dispatcher's queue. */
  queued: boolean;
  /** Hands out at most `max`. @returns How many it has handed out. */
  dispatch(max: number): number;
}

const BATCH = 64;
const TURN = 1_024;

/**
 * Decides when deliveries start: after the code that caused them has ended, so
 * that a handler never runs inside somebody's `send`; in turns, so that a busy
 * mailbox does not stop the others; and with a pause for input, output and
 * timers after every 1,024, so that agents that keep each other busy do not
 * stop the process.
 */
export class Dispatcher {
  readonly #tasks: Tasks;
  #queue: Dispatchable[] = [];
  #scheduled = false;
  #left = TURN;

  /** Puts work off by the given tasks. */
  constructor(tasks: Tasks) {
    this.#tasks = tasks;
  }

  /** Has it hand out what it can, soon. */
  wake(target: Dispatchable): void {
    if (target.queued) return;
    target.queued = true;
    this.#queue.push(target);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (this.#left > 0) this.#tasks.soon(this.#run);
    else this.#tasks.later(this.#rest);
  }

  readonly #rest = (): void => {
    this.#left = TURN;
    this.#run();
  };

  readonly #run = (): void => {
    this.#scheduled = false;
    const targets = this.#queue;
    this.#queue = [];
    for (const [index, target] of targets.entries()) {
      if (this.#left <= 0) {
        // In front of whatever was woken meanwhile: it has waited longer.
        this.#queue = targets.slice(index).concat(this.#queue);
        this.#schedule();
        return;
      }
      target.queued = false;
      const started = target.dispatch(Math.min(BATCH, this.#left));
      this.#left -= started;
      if (started >= BATCH) this.wake(target);
    }
  };
}
