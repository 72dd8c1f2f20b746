import type { Line } from "../history.ts";

/** A law that a history breaks. */
export class Violation extends Error {
  override readonly name = "Violation";
  /** The law, by its letter and number: `"S3"`. */
  readonly law: string;
  /** The line that broke it; where something is missing, the last one. */
  readonly line: Line;

  /** Names the law, and says what broke it. */
  constructor(law: string, text: string, line: Line) {
    super(`${law} ${text} (step ${line.step}, ${line.atMs} ms)`);
    this.law = law;
    this.line = line;
  }
}

/**
 * Judges a history by one family of laws. It knows nothing but the lines it is
 * shown, so that it judges a run of real processes as it does a simulated one.
 */
export interface Checker {
  /** The laws it holds a history to. */
  readonly laws: readonly string[];
  /**
   * Looks at the next line.
   *
   * @throws {Violation} If a law is broken by now.
   */
  take(line: Line): void;
  /**
   * There are no more lines.
   *
   * @throws {Violation} If something that should have happened has not.
   */
  end(): void;
}

/** Shows a whole history to a checker. @throws {Violation} If it breaks a law. */
export function judge(checker: Checker, lines: Iterable<Line>): void {
  for (const line of lines) checker.take(line);
  checker.end();
}
