/** Chance that repeats itself and costs a few nanoseconds (mulberry32): millions of frames are made with it. */
export class Chance {
  #state: number;

  /** The same seed and place give the same numbers, whatever came before. */
  constructor(seed: number, place: number) {
    this.#state = scatter(seed ^ scatter(place + 1));
  }

  /** A whole number from 0 to 2^32 - 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    return scatter(this.#state);
  }

  /** A whole number from 0 up to, but not including, `end`. */
  below(end: number): number {
    return Math.floor(this.next() / 2 ** 32 * end);
  }

  /** A whole number within both bounds. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** Whether it happens this time, of `times`. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of the values. */
  pick<Value>(values: readonly [Value, ...Value[]] | readonly Value[]): Value {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new RangeError("Cannot pick from nothing");
    return value;
  }
}

function scatter(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 15), value | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return (mixed ^ (mixed >>> 14)) >>> 0;
}
