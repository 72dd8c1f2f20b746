import type { Clock } from "../../core/clock.ts";
import type { Tasks } from "../../core/tasks.ts";

/** The monotonic clock, read once a turn: reading it costs more than most of what it is asked for. */
export class TurnClock {
  readonly #clock: Clock;
  readonly #tasks: Tasks;
  #nowMs: number | undefined;

  /** Reads `clock` when it is first asked. */
  constructor(clock: Clock, tasks: Tasks) {
    this.#clock = clock;
    this.#tasks = tasks;
  }

  /** When this turn asked first. */
  now(): number {
    if (this.#nowMs === undefined) {
      this.#nowMs = this.#clock.monotonic();
      this.#tasks.soon(this.#endTurn);
    }
    return this.#nowMs;
  }

  readonly #endTurn = (): void => {
    this.#nowMs = undefined;
  };
}
