import type { Random } from "../../mod.ts";

/**
 * Choices that repeat themselves with their seed: sfc32, a small and fast
 * counter-based generator (Doty-Humphrey, PractRand), since a run of the
 * simulator draws millions.
 */
export class Dice implements Random {
  readonly #seed: number;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    this.#seed = seed;
    this.#a = seed | 0;
    this.#b = Math.floor(seed / 2 ** 32) | 0;
    this.#c = 0x9e37_79b9 | 0;
    for (let round = 0; round < WARM_UP_ROUNDS; round++) this.#draw();
  }

  /** Choices of their own for one purpose: one more draw there does not shift the draws here. */
  fork(purpose: string | number): Dice {
    return new Dice(mix(this.#seed, purpose));
  }

  /** A number from 0 up to, but not including, 1. */
  next(): number {
    return this.#draw() / 2 ** 32;
  }

  /** Fills `bytes`. */
  fill(bytes: Uint8Array): void {
    for (let index = 0; index < bytes.length; index++) {
      bytes[index] = this.#draw();
    }
  }

  /** A whole number, both ends among them. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** Whether it happens this time. */
  chance(share: number): boolean {
    return this.next() < share;
  }

  /** One of several. */
  pick<T>(values: readonly [T, ...T[]]): T;
  /** One of those there are, if any. */
  pick<T>(values: Iterable<T>): T | undefined;
  pick<T>(values: Iterable<T>): T | undefined {
    const all = Array.isArray(values) ? values as readonly T[] : [...values];
    return all[this.int(0, all.length - 1)];
  }

  /** One of the names, each as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const names = Object.keys(weights) as K[];
    let left = this.next() * names.reduce((sum, one) => sum + weights[one], 0);
    for (const name of names) {
      left -= weights[name];
      if (left < 0) return name;
    }
    throw new RangeError("Cannot draw a name as none has a weight above 0");
  }

  #draw(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum | 0;
    return sum >>> 0;
  }
}

/** Draws after which similar seeds have nothing in common any more. */
const WARM_UP_ROUNDS = 12;

/** A seed made of another and a purpose (FNV-1a over both). */
export function mix(seed: number, purpose: string | number): number {
  let hash = 0x811c_9dc5 ^ (seed | 0) ^ Math.floor(seed / 2 ** 32);
  const text = String(purpose);
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x0100_0193);
  }
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b_3c6d) >>> 0;
}
