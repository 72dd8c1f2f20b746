/** A sender that stands in line. */
export interface Waiter {
  /** When it came, among all that ever waited: the older goes first. */
  readonly ticket: number;
  /** The line it stands in. */
  line: WaitLine | undefined;
  /**
   * Tries to get in.
   *
   * @returns The line to stand in from now on, or `undefined` if the waiter
   * needs to wait no more.
   */
  attempt(): WaitLine | undefined;
}

/**
 * Senders that wait for the same room, the one that came first in front: also
 * where it has waited in another line before.
 */
export class WaitLine {
  /** In the order of tickets, from `#first` on. */
  #waiters: Waiter[] = [];
  #first = 0;

  /** Senders in line. */
  get size(): number {
    return this.#waiters.length - this.#first;
  }

  /** Whether somebody stands here who came before `ticket`. */
  hasOlderThan(ticket: number): boolean {
    const front = this.#waiters[this.#first];
    return front !== undefined && front.ticket < ticket;
  }

  /** Puts a sender in its place. */
  join(waiter: Waiter): void {
    waiter.line = this;
    this.#waiters.splice(this.#placeOf(waiter.ticket), 0, waiter);
  }

  /** Takes a sender out, wherever it stands. */
  leave(waiter: Waiter): void {
    if (waiter.line !== this) return;
    waiter.line = undefined;
    const place = this.#placeOf(waiter.ticket);
    if (place !== this.#first) this.#waiters.splice(place, 1);
    else this.#dropFirst();
  }

  /** The ticket of who stands in front; `Infinity` if nobody does. */
  get frontTicket(): number {
    return this.#waiters[this.#first]?.ticket ?? Infinity;
  }

  /** Has the first one try. @returns Whether it has left the line. */
  admitFirst(): boolean {
    const waiter = this.#waiters[this.#first];
    if (!waiter) return false;
    // Out of the line while it tries: what it does may come back to here.
    this.leave(waiter);
    const next = waiter.attempt();
    next?.join(waiter);
    return next !== this;
  }

  /** The first place whose ticket is not below the given one. */
  #placeOf(ticket: number): number {
    let low = this.#first;
    let high = this.#waiters.length;
    // Newcomers go to the end, which is looked at first.
    const last = this.#waiters[high - 1];
    if (!last || last.ticket < ticket) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const one = this.#waiters[middle];
      if (one && one.ticket < ticket) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #dropFirst(): void {
    this.#first++;
    if (this.#first * 2 < this.#waiters.length) return;
    this.#waiters = this.#waiters.slice(this.#first);
    this.#first = 0;
  }
}
