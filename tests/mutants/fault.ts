/** A test that is there to catch a fault. */
export interface TestCatcher {
  /** Its file. */
  readonly file: string;
  /** Its name, in full. */
  readonly name: string;
}

/** A mistake that somebody could make in the library, small enough to be made by replacing one text. */
export interface Fault {
  /** What it is called in tables and on the command line. */
  readonly name: string;
  /** The law it breaks. */
  readonly law: string;
  /** What is wrong while it is in. */
  readonly says: string;
  /** The file of the library that it is in. */
  readonly file: string;
  /** What stands there, once. */
  readonly text: string;
  /** What stands there while it is in. */
  readonly replacement: string;
  /** The tests that catch it. */
  readonly tests: readonly TestCatcher[];
  /** The laws by which a simulated schedule may show it; none, where the simulator cannot. */
  readonly laws: readonly string[];
}

/**
 * The text of a fault's file while the fault is in.
 *
 * @throws {Error} If what the fault replaces is not there exactly once.
 */
export function planted(fault: Fault, source: string): string {
  const { name, file, text, replacement } = fault;
  const parts = source.split(text);
  if (parts.length !== 2) {
    throw new Error(
      `Cannot plant fault "${name}" as its text must stand once in ${file}: it stands there ${
        parts.length - 1
      } times`,
    );
  }
  return parts.join(replacement);
}
