import type { Clock } from "../../../core/clock.ts";
import type { Tasks } from "../../../core/tasks.ts";

/**
 * One process of a simulated network. When it dies, its reads, writes, dials
 * and waits for connections never settle. Code that takes its time from
 * {@linkcode SimProcess.clock}, and puts work off by
 * {@linkcode SimProcess.tasks}, does not run again by those ways either.
 */
export class SimProcess {
  /** Where it runs: the process started in its place has the same name, and meets the same faults. */
  readonly name: string;
  /** The network's clock, whose timers end with the process. */
  readonly clock: Clock;
  readonly #timers = new Set<() => void>();
  #alive = true;
  #ambush: (() => void) | undefined;

  /** A process that lives. */
  constructor(name: string, clock: Clock) {
    this.name = name;
    this.clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      schedule: (delayMs, callback) => this.#schedule(clock, delayMs, callback),
    };
  }

  /** Whether it runs. */
  get alive(): boolean {
    return this.#alive;
  }

  /** The given tasks, none of which runs once the process is dead. */
  tasks(inner: Tasks): Tasks {
    const whileAlive = (task: () => void) => () => {
      if (this.#alive) task();
    };
    return {
      soon: (task) => inner.soon(whileAlive(task)),
      later: (task) => inner.later(whileAlive(task)),
    };
  }

  /** Called, once, in the middle of the next write of this process. */
  set ambush(ambush: (() => void) | undefined) {
    this.#ambush = ambush;
  }

  /** What was laid for the next write, if anything was; it is gone then. */
  takeAmbush(): (() => void) | undefined {
    const ambush = this.#ambush;
    this.#ambush = undefined;
    return ambush;
  }

  /** Ends its timers. Safe to call twice. */
  die(): void {
    this.#alive = false;
    this.#ambush = undefined;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  #schedule(clock: Clock, delayMs: number, callback: () => void): () => void {
    if (!this.#alive) return () => {};
    const cancel = clock.schedule(delayMs, () => {
      this.#timers.delete(cancel);
      callback();
    });
    this.#timers.add(cancel);
    return () => {
      this.#timers.delete(cancel);
      cancel();
    };
  }
}

/** What a dead process waits for. */
export function never<T>(): Promise<T> {
  return new Promise(() => {});
}
