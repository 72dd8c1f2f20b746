import type { Deadline, Deadlines } from "../../core/deadlines.ts";

/**
 * One deadline for many who wait: it is set for the first who is due, and looks
 * then for the next. One who is answered in time, as nearly all are, costs no
 * deadline of its own.
 */
export class CommonDeadline {
  readonly #deadlines: Deadlines;
  readonly #onDue: () => number;
  #deadline: Deadline | undefined;

  /** Calls `onDue` when somebody may be due; it returns when the next one is, `Infinity` if nobody. */
  constructor(deadlines: Deadlines, onDue: () => number) {
    this.#deadlines = deadlines;
    this.#onDue = onDue;
  }

  /** Somebody more waits, until `atMs` of the monotonic clock; `Infinity` is never due. */
  include(atMs: number): void {
    if (atMs >= (this.#deadline?.atMs ?? Infinity)) return;
    this.clear();
    this.#deadline = this.#deadlines.add(atMs, () => {
      this.#deadline = undefined;
      this.include(this.#onDue());
    });
  }

  /** Nobody waits any more. */
  clear(): void {
    if (this.#deadline) this.#deadlines.remove(this.#deadline);
    this.#deadline = undefined;
  }
}
