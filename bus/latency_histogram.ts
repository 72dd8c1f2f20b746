import { LatencySnapshot } from "./latency_snapshot.ts";

const SUB_BUCKETS = 32;
const SUB_BITS = 5;
const OCTAVES = 32;

/**
 * Durations in buckets of microseconds, 32 to each doubling, so that every
 * quantile is within 1/32 of the truth, up to 71 minutes; what is longer is
 * counted as that long.
 */
export class LatencyHistogram {
  readonly #buckets = new Float64Array(SUB_BUCKETS * OCTAVES);
  #count = 0;
  #maxMs = 0;

  /** Durations recorded. */
  get count(): number {
    return this.#count;
  }

  /** The longest, in milliseconds. */
  get maxMs(): number {
    return this.#maxMs;
  }

  /** Records a duration in milliseconds. */
  record(durationMs: number): void {
    this.#count++;
    if (durationMs > this.#maxMs) this.#maxMs = durationMs;
    const index = bucketOf(Math.min(0xffff_ffff, durationMs * 1_000) >>> 0);
    this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
  }

  /** What is recorded so far: 8 KiB, copied. */
  snapshot(): LatencySnapshot {
    return new LatencySnapshot(
      this.#buckets.slice(),
      (index) => topOf(index) / 1_000,
    );
  }

  /** The duration that the given share of all stays within, in milliseconds; 0 if there is none. */
  quantile(share: number): number {
    const rank = Math.ceil(this.#count * share);
    let seen = 0;
    const buckets = this.#buckets;
    for (let index = 0; index < buckets.length; index++) {
      const count = buckets[index] ?? 0;
      seen += count;
      if (count > 0 && seen >= rank) {
        return Math.min(this.#maxMs, topOf(index) / 1_000);
      }
    }
    return 0;
  }
}

function bucketOf(micros: number): number {
  if (micros < SUB_BUCKETS) return micros;
  const shift = 31 - Math.clz32(micros) - SUB_BITS;
  return (shift + 1) * SUB_BUCKETS + ((micros >>> shift) - SUB_BUCKETS);
}

function topOf(index: number): number {
  if (index < SUB_BUCKETS) return index;
  const shift = Math.floor(index / SUB_BUCKETS) - 1;
  return (index % SUB_BUCKETS + SUB_BUCKETS + 1) * 2 ** shift - 1;
}
