import type { Tasks } from "../../core/tasks.ts";
import type { Dice } from "../support/dice.ts";
import type { Entry, History } from "./history.ts";
import { SimNetwork } from "./net/sim_network.ts";
import { SimClock } from "./sim_clock.ts";

/**
 * Everything that programs share: time, the network, what was put off, and the
 * history. It moves in steps: one timer, or one task that was put off, and all
 * that follows from it before anything else can happen.
 */
export class World {
  readonly clock: SimClock;
  readonly network: SimNetwork;
  readonly history: History;
  /** How work is put off. What is due later is done in an order of chance. */
  readonly tasks: Tasks = {
    soon: (task) => queueMicrotask(task),
    later: (task) => void this.#later.push(task),
  };
  readonly #dice: Dice;
  readonly #later: (() => void)[] = [];
  readonly #afterStep: (() => void)[] = [];
  #step = 0;

  constructor(dice: Dice, history: History) {
    this.#dice = dice.fork("order");
    this.history = history;
    this.clock = new SimClock(dice.fork("timers"));
    this.network = new SimNetwork({
      clock: this.clock,
      random: dice.fork("network"),
    });
  }

  /** Steps made. */
  get step(): number {
    return this.#step;
  }

  /** Writes down what happens in this step. */
  record(entry: Entry): void {
    this.history.add({
      step: this.#step,
      atMs: this.clock.monotonic(),
      ...entry,
    });
  }

  /** Has `look` called at the end of every step. */
  afterEachStep(look: () => void): void {
    this.#afterStep.push(look);
  }

  /**
   * Moves on, step by step, until `isDone` or the time is over.
   *
   * @returns Whether it is done.
   * @throws What a watcher of the history has thrown.
   */
  async run(isDone: () => boolean, untilMs: number): Promise<boolean> {
    await this.#settle();
    while (!isDone()) {
      if (!this.#next(untilMs)) return false;
      await this.#settle();
    }
    return true;
  }

  #next(untilMs: number): boolean {
    const count = this.#later.length;
    if (count > 0) {
      const [task] = this.#later.splice(this.#dice.int(0, count - 1), 1);
      task?.();
      return true;
    }
    if (this.clock.nextAtMs > untilMs) return false;
    this.clock.runNext();
    return true;
  }

  /** Lets every promise that hangs on the step settle, then ends it. */
  async #settle(): Promise<void> {
    // The event loop comes to this only when no promise is left to go on.
    await new Promise<void>((resolve) => setImmediate(resolve));
    for (const look of this.#afterStep) look();
    this.#step++;
    const { objection } = this.history;
    if (objection) throw objection.error;
  }
}
