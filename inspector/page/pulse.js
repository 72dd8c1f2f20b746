const KEPT = 900;

/** The figures of the last quarter of an hour, one sample a second. Pure: no part of the page is looked at. */
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

  /** Puts older figures before those that have come since. */
  prepend(older) {
    const first = this.#stats[0];
    const before = first === undefined
      ? older
      : older.filter(({ at, uptimeMs }) =>
        at < first.at && uptimeMs < first.uptimeMs
      );
    this.#stats = [...before, ...this.#stats].slice(-KEPT);
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

  /** How much a counter grew within the last minute. */
  growth(read) {
    const { latest } = this;
    const oldest = this.#stats.find(({ at }) => latest.at - at <= 60_000);
    return oldest ? read(latest) - read(oldest) : 0;
  }
}
