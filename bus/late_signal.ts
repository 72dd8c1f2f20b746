/** A signal that is made when somebody has to wait: most never do. */
export interface LateSignal {
  /** The same each time. */
  readonly signal: AbortSignal;
}

/** The signal that gives up a wait, where there is one. */
export function signalOf(
  given: AbortSignal | LateSignal | undefined,
): AbortSignal | undefined {
  return given === undefined || given instanceof AbortSignal
    ? given
    : given.signal;
}
