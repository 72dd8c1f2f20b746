/** A place where the code breaks a rule of the house. */
export interface Violation {
  /** Which rule. */
  readonly rule:
    | "syntax"
    | "layers"
    | "cycle"
    | "packages"
    | "ambient"
    | "regexp"
    | "size";
  /** The file, from the root of the project. */
  readonly file: string;
  /** The line, counted from 1. */
  readonly line: number;
  /** What is wrong, and what the rule is. */
  readonly message: string;
}

/** One line for people, with the place in front so that editors can jump to it. */
export function describe(violation: Violation): string {
  const { file, line, rule, message } = violation;
  return `${file}:${line} [${rule}] ${message}`;
}

/** The room a file belongs to: its first folder, or the file itself at the root. */
export function roomOf(path: string): string {
  const slash = path.indexOf("/");
  return slash < 0 ? path : path.slice(0, slash);
}
