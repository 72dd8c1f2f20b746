/** The numbers that bound what the command line holds and waits for. */
export const CLI_LIMITS = {
  /** A payload that is read from standard input or a file, or one line of it, in bytes; more is refused. */
  maxInputBytes: 64 * 1024 * 1024,
  /** A file of settings or rules, in bytes; more is refused. */
  maxConfigBytes: 1024 * 1024,
  /** One answer of an inspector, in bytes; more is refused. */
  maxAnswerBytes: 64 * 1024 * 1024,
  /** How long an inspector may take to answer, in milliseconds; then the command fails. */
  answerTimeoutMs: 10_000,
  /** How long `send` and `publish` wait for the bus to have heard of a message, in milliseconds; then they do not say what became of it. */
  outcomeTimeoutMs: 1_000,
  /** Characters of a payload in a table; the rest is cut off. */
  maxPreviewChars: 120,
  /** Sends that `publish --lines` and `bench` have on the way; the next one waits. */
  maxOnTheWay: 256,
  /** Lines of the log that are held while a bus starts; the rest is counted. */
  maxHeldLogLines: 1_000,
} as const;
