import { seededRandom } from "../../testing/mod.ts";

/** Choices that repeat themselves with their seed. */
export class Dice {
  readonly #next: () => number;

  constructor(seed: number) {
    const random = seededRandom(seed);
    this.#next = () => random.next();
  }

  /** A whole number, both ends among them. */
  int(min: number, max: number): number {
    return min + Math.floor(this.#next() * (max - min + 1));
  }

  /** Whether it happens this time. */
  chance(share: number): boolean {
    return this.#next() < share;
  }

  /** One of several. */
  pick<T>(values: readonly [T, ...T[]]): T;
  /** One of those there are, if any. */
  pick<T>(values: Iterable<T>): T | undefined;
  pick<T>(values: Iterable<T>): T | undefined {
    const all = [...values];
    return all[this.int(0, all.length - 1)];
  }
}
