import type { Line } from "../history.ts";

/**
 * The lines of one step at a time. What a bus tells in a step may be written
 * after what programs saw of it, so the two can be joined only when the step is
 * over.
 */
export class StepLines {
  readonly #judge: (lines: readonly Line[]) => void;
  #lines: Line[] = [];
  #step = -1;

  /** Shows each step to `judge`, once it is over. */
  constructor(judge: (lines: readonly Line[]) => void) {
    this.#judge = judge;
  }

  /** Takes the next line. */
  take(line: Line): void {
    if (line.step !== this.#step) {
      this.end();
      this.#step = line.step;
    }
    this.#lines.push(line);
  }

  /** Shows what is left. */
  end(): void {
    if (this.#lines.length === 0) return;
    const lines = this.#lines;
    this.#lines = [];
    this.#judge(lines);
  }
}
