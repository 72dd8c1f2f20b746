/** Least time between two lines, in milliseconds. */
const INTERVAL_MS = 1_000;

/**
 * Lets one line a second into the log, and counts the others: a thousand peers
 * that all do the same wrong thing must not bury what else is logged. Each of
 * them is still counted, and told of as an event.
 */
export class LogThrottle {
  #nextAtMs = -Infinity;
  #heldBack = 0;

  /**
   * Asks for a line.
   *
   * @returns How many were held back since the last one; `undefined` if this
   * one is held back as well.
   */
  admit(nowMs: number): number | undefined {
    if (nowMs < this.#nextAtMs) {
      this.#heldBack++;
      return undefined;
    }
    const heldBack = this.#heldBack;
    this.#heldBack = 0;
    this.#nextAtMs = nowMs + INTERVAL_MS;
    return heldBack;
  }
}
