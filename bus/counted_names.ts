import { LIMITS } from "../core/limits.ts";

const OTHER = "(other)";

/** Counts by name, for a bounded number of names; what comes later is counted as `(other)`. */
export class CountedNames {
  readonly #counts = new Map<string, { count: number }>();

  /** Adds one to a name. */
  add(name: string): void {
    const known = this.#counts.get(name);
    if (known) known.count++;
    else if (this.#counts.size < LIMITS.maxCountedNames) {
      this.#counts.set(name, { count: 1 });
    } else this.#addOther();
  }

  /** What was counted for a name. */
  get(name: string): number {
    return this.#counts.get(name)?.count ?? 0;
  }

  /** Every name with its count. */
  toRecord(): Record<string, number> {
    // Own properties, whatever the names are: `__proto__` is one like any other.
    return Object.fromEntries(
      [...this.#counts].map(([name, { count }]) => [name, count]),
    );
  }

  #addOther(): void {
    const other = this.#counts.get(OTHER);
    if (other) other.count++;
    else this.#counts.set(OTHER, { count: 1 });
  }
}
