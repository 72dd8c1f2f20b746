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
/** Pauses that whoever sends waits for at most: agents that keep each other busy never leave nothing. */
const MOST_PAUSES = 8;

/**
 * Decides when deliveries start: after the code that caused them has ended, so
 * that a handler never runs inside somebody's `send`; in turns, so that a busy
 * mailbox does not stop the others; and with a pause for input, output and
 * timers after every 1,024, so that agents that keep each other busy do not
 * stop the process.
 */
export class Dispatcher {
  readonly #tasks: Tasks;
  readonly #queue: Dispatchable[] = [];
  #running = false;
  #scheduled = false;
  #left = TURN;
  /** What may be handed out that was not in the last run. */
  #woken = 0;
  #resting = false;
  #rest: PromiseWithResolvers<void> | undefined;
  /** Pauses in which somebody has waited. */
  #pauses = 0;

  /** Puts work off by the given tasks. */
  constructor(tasks: Tasks) {
    this.#tasks = tasks;
  }

  /** Has it hand out what it can, soon. */
  wake(target: Dispatchable): void {
    this.#woken++;
    this.#add(target);
    this.#schedule();
  }

  /**
   * Runs a task that wakes many and has many to tell something: what it puts
   * off itself, as answers that leave together, comes before anything is handed
   * out. Who sends then makes the next message while this one is delivered.
   */
  answerFirst(task: () => void): void {
    const before = this.#scheduled;
    this.#scheduled = true;
    try {
      task();
    } finally {
      this.#scheduled = before;
      if (this.#queue.length > 0) this.#schedule();
    }
  }

  /**
   * The time when all is handed out, or eight pauses are over, if there is a
   * pause now, or is one to come as more waits than is handed out before it. Who
   * sends waits for it, or it would go on sending before anything is handed out,
   * until there is no room.
   */
  get rest(): Promise<void> | undefined {
    if (!this.#resting && this.#woken <= this.#left) return undefined;
    this.#rest ??= Promise.withResolvers<void>();
    return this.#rest.promise;
  }

  #schedule(): void {
    if (this.#scheduled || this.#running) return;
    this.#scheduled = true;
    if (this.#left > 0) return this.#tasks.soon(this.#run);
    this.#resting = true;
    this.#tasks.later(this.#endRest);
  }

  readonly #endRest = (): void => {
    this.#left = TURN;
    this.#resting = false;
    this.#pauses++;
    this.#run();
  };

  /** Whoever waits for the pauses need not any more. */
  #goOn(): void {
    this.#pauses = 0;
    this.#rest?.resolve();
    this.#rest = undefined;
  }

  readonly #run = (): void => {
    this.#scheduled = false;
    this.#running = true;
    let served = 0;
    try {
      // What is woken meanwhile has its turn in the same run, behind all others:
      // a sender that waits for nothing else would otherwise be always ahead.
      while (served < this.#queue.length && this.#left > 0) {
        this.#serve(this.#queue[served++] as Dispatchable);
      }
    } finally {
      this.#running = false;
      this.#woken = 0;
      this.#queue.splice(0, served);
      if (this.#queue.length > 0) this.#schedule();
      if (!this.#resting || this.#pauses >= MOST_PAUSES) this.#goOn();
    }
  };

  #serve(target: Dispatchable): void {
    target.queued = false;
    const started = target.dispatch(Math.min(BATCH, this.#left));
    this.#left -= started;
    if (started >= BATCH) this.#add(target);
  }

  #add(target: Dispatchable): void {
    if (target.queued) return;
    target.queued = true;
    this.#queue.push(target);
  }
}
