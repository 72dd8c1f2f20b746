/** A sender that stands in line. */
export interface Waiter {
  /** The line it stands in. */
  line: WaitLine | undefined;
  /**
   * Tries to get in.
   *
   * @returns The line to stand in from now on, or `undefined` if the waiter
   * needs to wait no more.
   */
  attempt(from: WaitLine): WaitLine | undefined;
}

/** Senders that wait for the same room, first come, first served. */
export class WaitLine {
  // A Set keeps the order of arrival, and lets one leave from the middle.
  readonly #waiters = new Set<Waiter>();

  /** Senders in line. */
  get size(): number {
    return this.#waiters.size;
  }

  /** Puts a sender at the end. */
  join(waiter: Waiter): void {
    waiter.line = this;
    this.#waiters.add(waiter);
  }

  /** Takes a sender out, wherever it stands. */
  leave(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    waiter.line = undefined;
  }

  /** Lets in as many as there is room for. */
  admit(): void {
    for (const waiter of this.#waiters) {
      const next = waiter.attempt(this);
      if (next === this) return;
      this.leave(waiter);
      next?.join(waiter);
    }
  }

  /** Every sender in line, first to last. */
  [Symbol.iterator](): Iterator<Waiter> {
    return this.#waiters.values();
  }
}
