import type { Report } from "../peers/report.ts";

/** What a part of the torture is asked for. */
export interface PartOptions {
  /** How much of it; the part's own number, if left out. */
  readonly rounds: number | undefined;
  /** What brings its choices back. */
  readonly seed: number;
  /** A directory of its own, which is kept if it fails. */
  readonly directory: string;
}

/** A part of the torture. */
export interface Part {
  /** What it is called on the command line. */
  readonly name: string;
  /**
   * Runs it. A limit that does not hold is in the report; it throws if it
   * cannot be run at all.
   *
   * @returns Why it was left out, if it was.
   */
  readonly run: (
    report: Report,
    options: PartOptions,
  ) => Promise<string | undefined>;
}
