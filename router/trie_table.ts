import { LIMITS } from "../core/limits.ts";
import { hasWildcard } from "../core/topic.ts";
import type { TopicTable } from "../core/topic_table.ts";
import { TokenTrie } from "./token_trie.ts";

/** The values of one pattern, each with the number of its entry in the order of adding. */
type Leaf<T> = Map<T, number>;

/** Options of {@linkcode TrieTable}. */
export interface TrieTableOptions {
  /**
   * Topics whose matches are remembered; 0 remembers none. When there is no
   * more room, the topic that was remembered first is forgotten.
   *
   * @default {LIMITS.maxCachedTopics}
   */
  maxCachedTopics?: number;
  /**
   * Matches remembered for all topics together, likewise. A topic with more
   * matches than that is never remembered.
   *
   * @default {LIMITS.maxCachedMatches}
   */
  maxCachedMatches?: number;
}

/**
 * A {@linkcode TopicTable} for many entries. Patterns without wildcards are
 * found by one look into a map; those with wildcards stand in a trie over their
 * tokens, where a topic visits only branches that agree with it. What a topic
 * matched is remembered until an entry that could change it comes or goes.
 */
export class TrieTable<T> implements TopicTable<T> {
  /** Every pattern that has entries. */
  readonly #leaves = new Map<string, Leaf<T>>();
  /** Those with wildcards. */
  readonly #trie = new TokenTrie<Leaf<T>>();
  readonly #cache = new Map<string, readonly T[]>();
  readonly #maxCachedTopics: number;
  readonly #maxCachedMatches: number;
  #cachedMatches = 0;
  #order = 0;
  #size = 0;

  /**
   * An empty table.
   *
   * @throws {RangeError} If a limit is not a whole number from 0.
   */
  constructor(
    {
      maxCachedTopics = LIMITS.maxCachedTopics,
      maxCachedMatches = LIMITS.maxCachedMatches,
    }: TrieTableOptions = {},
  ) {
    for (
      const [name, limit] of Object.entries({
        maxCachedTopics,
        maxCachedMatches,
      })
    ) {
      if (Number.isInteger(limit) && limit >= 0) continue;
      throw new RangeError(
        `Cannot create topic table as ${name} must be a whole number from 0: current value is ${limit}`,
      );
    }
    this.#maxCachedTopics = maxCachedTopics;
    this.#maxCachedMatches = maxCachedMatches;
  }

  /** Entries in the table. */
  get size(): number {
    return this.#size;
  }

  /** Topics whose matches are remembered now. */
  get cachedTopics(): number {
    return this.#cache.size;
  }

  /** Matches remembered now, for all topics together. */
  get cachedMatches(): number {
    return this.#cachedMatches;
  }

  /** Branches of the tree of patterns with wildcards. */
  get branches(): number {
    return this.#trie.branches;
  }

  /** Adds an entry, behind all others, unless it is there. */
  add(pattern: string, value: T): void {
    let leaf = this.#leaves.get(pattern);
    if (leaf?.has(value)) return;
    if (leaf === undefined) {
      leaf = new Map();
      this.#leaves.set(pattern, leaf);
      if (hasWildcard(pattern)) this.#trie.set(pattern, leaf);
    }
    leaf.set(value, this.#order++);
    this.#size++;
    this.#forget(pattern);
  }

  /** Takes an entry out; `false` if it is not there. */
  remove(pattern: string, value: T): boolean {
    const leaf = this.#leaves.get(pattern);
    if (leaf === undefined || !leaf.delete(value)) return false;
    this.#size--;
    if (leaf.size === 0) {
      this.#leaves.delete(pattern);
      if (hasWildcard(pattern)) this.#trie.delete(pattern);
    }
    this.#forget(pattern);
    return true;
  }

  /** The values whose pattern stands for `topic`, in the order they were added. */
  match(topic: string): readonly T[] {
    const known = this.#cache.get(topic);
    if (known !== undefined) return known;
    const leaves = this.#trie.match(topic);
    const exact = this.#leaves.get(topic);
    if (exact !== undefined) leaves.push(exact);
    const values = merge(leaves);
    this.#remember(topic, values);
    return values;
  }

  /** The patterns that have entries, each once, sorted. */
  patterns(): string[] {
    return [...this.#leaves.keys()].sort();
  }

  #remember(topic: string, values: readonly T[]): void {
    if (values.length > this.#maxCachedMatches) return;
    this.#cache.set(topic, values);
    this.#cachedMatches += values.length;
    for (const [oldest, forgotten] of this.#cache) {
      const isWithin = this.#cache.size <= this.#maxCachedTopics &&
        this.#cachedMatches <= this.#maxCachedMatches;
      if (isWithin) return;
      this.#cache.delete(oldest);
      this.#cachedMatches -= forgotten.length;
    }
  }

  /** Forgets every match that an entry of `pattern` could change. */
  #forget(pattern: string): void {
    if (hasWildcard(pattern)) {
      this.#cache.clear();
      this.#cachedMatches = 0;
      return;
    }
    this.#cachedMatches -= this.#cache.get(pattern)?.length ?? 0;
    this.#cache.delete(pattern);
  }
}

/** The values of all leaves in the order of their entries. */
function merge<T>(leaves: readonly Leaf<T>[]): readonly T[] {
  const [first] = leaves;
  if (first === undefined) return [];
  // A leaf keeps the order in which its entries came.
  if (leaves.length === 1) return [...first.keys()];
  return leaves
    .flatMap((leaf) => [...leaf])
    .sort(([, one], [, other]) => one - other)
    .map(([value]) => value);
}
