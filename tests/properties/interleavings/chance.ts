import type { Random } from "../../../core/random.ts";

/** Cheap randomness that repeats itself with its seed (mulberry32): a run takes it a thousand times a second. */
export class Chance implements Random {
  #state: number;

  /** The same seed gives the same numbers. */
  constructor(seed: number) {
    this.#state = Math.imul(seed + 1, 0x9e37_79b9);
  }

  /** A number from 0 up to, but not including, 1. */
  next(): number {
    return this.#nextUint32() / 2 ** 32;
  }

  /** Fills `bytes` with random bytes. */
  fill(bytes: Uint8Array<ArrayBuffer>): void {
    for (let index = 0; index < bytes.length; index++) {
      bytes[index] = this.#nextUint32() & 0xff;
    }
  }

  /** A whole number, both ends among them. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** Whether it happens this time. */
  happens(share: number): boolean {
    return this.next() < share;
  }

  /** One of several. */
  pick<T>(values: readonly [T, ...T[]]): T {
    return values[this.int(0, values.length - 1)] ?? values[0];
  }

  #nextUint32(): number {
    this.#state = (this.#state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}
