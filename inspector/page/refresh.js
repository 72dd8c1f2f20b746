/**
 * Keeps a view up to date: loads at once, again soon after something happened,
 * and every few seconds besides. Never two loads at a time, never more than two
 * a second.
 */
export class Refresh {
  #load;
  #timer;
  #isLoading = false;
  #isStale = false;
  #stopped = false;
  #lastEndedAt = 0;

  constructor(load, { everyMs = 5_000 } = {}) {
    this.#load = load;
    this.#timer = setInterval(() => this.soon(), everyMs);
    this.soon();
  }

  /** Something changed. */
  soon() {
    if (this.#stopped) return;
    if (this.#isLoading) {
      this.#isStale = true;
      return;
    }
    this.#isLoading = true;
    const waitMs = Math.max(0, this.#lastEndedAt + 500 - Date.now());
    setTimeout(() => this.#run(), waitMs);
  }

  /** The view is left. */
  stop() {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  async #run() {
    this.#isStale = false;
    try {
      if (!this.#stopped) await this.#load(() => !this.#stopped);
    } catch {
      // The connection's state, shown at the side, tells why; the next load tries again.
    }
    this.#lastEndedAt = Date.now();
    this.#isLoading = false;
    if (this.#isStale) this.soon();
  }
}
