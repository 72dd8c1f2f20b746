/** Durations in buckets, up to one moment. Two of them tell of the time between. */
export class LatencySnapshot {
  readonly #buckets: Float64Array;
  /** The longest that each bucket holds, in milliseconds. */
  readonly #topOf: (index: number) => number;
  /** Durations in it. */
  readonly count: number;

  /** Keeps `buckets`: they are not to be changed any more. */
  constructor(buckets: Float64Array, topOf: (index: number) => number) {
    this.#buckets = buckets;
    this.#topOf = topOf;
    this.count = buckets.reduce((sum, count) => sum + count, 0);
  }

  /** Only what came after an earlier snapshot of the same bus. */
  since(earlier: LatencySnapshot): LatencySnapshot {
    const grown = this.#buckets.map((count, index) =>
      count - (earlier.#buckets[index] ?? 0)
    );
    return new LatencySnapshot(grown, this.#topOf);
  }

  /** The duration that the given share of all stays within, in milliseconds, within 1/32; 0 if there is none. */
  quantile(share: number): number {
    const rank = Math.max(1, Math.ceil(this.count * share));
    let seen = 0;
    const index = this.#buckets.findIndex((count) => (seen += count) >= rank);
    return index < 0 ? 0 : this.#topOf(index);
  }
}
