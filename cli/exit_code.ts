/** What the program's end tells a script. The numbers are a promise, see docs/reference/command_line.md. */
export const EXIT = {
  /** Done; also when the reader of the output has gone away. */
  done: 0,
  /** The bus, or the machine, did not do what was asked. */
  failed: 1,
  /** The command line, or a file that it names, cannot be understood. */
  usage: 2,
  /** No bus is there. */
  noBus: 3,
  /** There is no agent, letter, rule or message of that name. */
  notFound: 4,
  /** The token is wrong, or a right is missing. */
  notAllowed: 5,
  /** Nothing came in time. */
  timeout: 6,
  /** A check was made, and found something. */
  problems: 7,
} as const;

/** One of them. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
