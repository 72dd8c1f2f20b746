const KEPT = 90;

/** The figures of the last minute and a half, one sample a second. Pure: no part of the page is looked at. */
export class Pulse {
  #stats = [];

  /** Adds the figures of one moment. A bus that started anew starts a new series. */
  add(stats) {
    const before = this.#stats.at(-1);
    if (before && (stats.uptimeMs < before.uptimeMs || stats.at <= before.at)) {
      this.#stats = [];
    }
    this.#stats.push(stats);
    if (this.#stats.length > KEPT) this.#stats.shift();
  }

  /** The latest figures, if there are any. */
  get latest() {
    return this.#stats.at(-1);
  }

  /** The samples, oldest first, as `{ at, value }`. */
  values(read) {
    return this.#stats.map((stats) => ({ at: stats.at, value: read(stats) }));
  }

  /** How fast a counter grew, per second. */
  rates(read) {
    return this.#stats.slice(1).map((stats, index) => {
      const before = this.#stats[index];
      const seconds = (stats.at - before.at) / 1_000;
      return {
        at: stats.at,
        value: Math.max(0, read(stats) - read(before)) / seconds,
      };
    });
  }

  /** How much a counter grew since the oldest sample. */
  growth(read) {
    const oldest = this.#stats[0];
    return oldest ? read(this.latest) - read(oldest) : 0;
  }
}
