import { LIMITS } from "../core/limits.ts";

const OTHER = "(other)";

/** Counts by name, for a bounded number of names; what comes later is counted as `(other)`. */
export class CountedNames {
  /** Where a name is counted. Names are added, and never go. */
  readonly #indexes = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #counts: number[] = [];
  #lastName: string | undefined;
  #lastIndex = 0;

  /** Adds one to a name. */
  add(name: string): void {
    // Messages come in runs, of one sender about one topic.
    if (name !== this.#lastName) {
      this.#lastIndex = this.#indexes.get(name) ?? this.#place(name);
      this.#lastName = name;
    }
    const counts = this.#counts;
    counts[this.#lastIndex] = (counts[this.#lastIndex] ?? 0) + 1;
  }

  /** What was counted for a name. */
  get(name: string): number {
    return this.#counts[this.#indexes.get(name) ?? -1] ?? 0;
  }

  /** Every name with its count. */
  toRecord(): Record<string, number> {
    return recordOf(this.#names, this.#counts);
  }

  /**
   * Every name with its count of this moment, as a function that makes the
   * record when it is first called: 10,000 names are copied in microseconds, and
   * made into an object in a hundred times as long.
   */
  snapshot(): () => Record<string, number> {
    const names = this.#names;
    // Names that come later have none.
    const counts = this.#counts.slice();
    let record: Record<string, number> | undefined;
    return () => record ??= recordOf(names, counts);
  }

  #place(name: string): number {
    const isFull = this.#indexes.size >= LIMITS.maxCountedNames;
    return isFull && name !== OTHER
      ? this.#indexes.get(OTHER) ?? this.#newIndex(OTHER)
      : this.#newIndex(name);
  }

  #newIndex(name: string): number {
    const index = this.#names.push(name) - 1;
    this.#counts.push(0);
    this.#indexes.set(name, index);
    return index;
  }
}

function recordOf(
  names: readonly string[],
  counts: readonly number[],
): Record<string, number> {
  // Without a prototype at first: names become own properties whatever they are,
  // `__proto__` like any other, and a table from the start, four times as fast.
  const record: Record<string, number> = Object.create(null);
  for (let index = 0; index < counts.length; index++) {
    record[names[index] ?? OTHER] = counts[index] ?? 0;
  }
  return Object.setPrototypeOf(record, Object.prototype);
}
