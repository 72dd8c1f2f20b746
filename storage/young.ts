import { NumberTable } from "../core/number_table.ts";
import type { RecordKind } from "./store.ts";

/** Kinds whose records come under new keys, and mostly end soon. */
export const YOUNG_KINDS: readonly RecordKind[] = ["message", "copy"];

/** What one commit has written into the nursery. */
export interface Litter {
  /** The number of its first block. */
  readonly first: number;
  /** That of its last. */
  readonly last: number;
  /** Bytes that were written before it, here and of new records elsewhere. */
  readonly at: number;
  /** Records that came with it, by kind; some may have left. */
  readonly keys: ReadonlyMap<RecordKind, readonly number[]>;
  /** How many came. */
  readonly count: number;
  /** How many of them are left. */
  left: number;
}

/** The young records of one kind: where they are, and what of them is not what it was there. */
export class Young {
  readonly #litters = new NumberTable<Litter>();
  readonly #states = new Map<number, Uint8Array>();
  #highest: number;

  /** There are none; `highest` is the highest key that any record has. */
  constructor(highest: number) {
    this.#highest = highest;
  }

  /** The highest key so far: there is no record above it. */
  get highest(): number {
    return this.#highest;
  }

  /** With what a record came; `undefined` if it is not young. */
  litterOf(key: number): Litter | undefined {
    return this.#litters.get(key);
  }

  /** A record's state, where that is another than it came with. */
  stateOf(key: number): Uint8Array | undefined {
    return this.#states.get(key);
  }

  /** Records came. */
  come(litter: Litter, keys: readonly number[]): void {
    for (const key of keys) {
      this.#litters.set(key, litter);
      this.passed(key);
    }
  }

  /** A record has this key, here or in the table. */
  passed(key: number): void {
    if (key > this.#highest) this.#highest = key;
  }

  /** A record has another state. */
  update(
    { key, state }: { readonly key: number; readonly state: Uint8Array },
  ): void {
    // A copy: what it is a view on is larger.
    this.#states.set(key, state.slice());
  }

  /** A record is young no more. */
  end(key: number): void {
    const litter = this.#litters.take(key);
    if (!litter) return;
    litter.left--;
    this.#states.delete(key);
  }

  /** So are those that are left of a litter. */
  leave(litter: Litter, keys: readonly number[]): void {
    for (const key of keys) {
      if (this.#litters.get(key) === litter) this.end(key);
    }
  }
}
