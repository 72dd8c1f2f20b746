import { matchesPattern } from "../core/topic.ts";
import type { TopicTable } from "../core/topic_table.ts";

/**
 * The model of a {@linkcode TopicTable}: a list that each call walks from end
 * to end. For tests and for a handful of entries.
 */
export class LinearTable<T> implements TopicTable<T> {
  readonly #entries: { readonly pattern: string; readonly value: T }[] = [];

  /** Entries in the table. */
  get size(): number {
    return this.#entries.length;
  }

  /** Adds an entry, behind all others, unless it is there. */
  add(pattern: string, value: T): void {
    if (this.#indexOf(pattern, value) < 0) {
      this.#entries.push({ pattern, value });
    }
  }

  /** Takes an entry out; `false` if it is not there. */
  remove(pattern: string, value: T): boolean {
    const index = this.#indexOf(pattern, value);
    if (index < 0) return false;
    this.#entries.splice(index, 1);
    return true;
  }

  /** The values whose pattern stands for `topic`, in the order they were added. */
  match(topic: string): readonly T[] {
    return this.#entries
      .filter((entry) => matchesPattern(entry.pattern, topic))
      .map((entry) => entry.value);
  }

  /** The patterns that have entries, each once, sorted. */
  patterns(): string[] {
    return [...new Set(this.#entries.map((entry) => entry.pattern))].sort();
  }

  #indexOf(pattern: string, value: T): number {
    return this.#entries.findIndex((entry) =>
      entry.pattern === pattern && entry.value === value
    );
  }
}
