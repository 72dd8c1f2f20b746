import { LIMITS } from "../core/limits.ts";
import { hasWildcard } from "../core/topic.ts";
import type { TopicTable } from "../core/topic_table.ts";
import { MatchCache } from "./match_cache.ts";
import { TokenTrie } from "./token_trie.ts";

/** The values of one pattern. */
interface Leaf<T> {
  /** Each with the number of its entry in the order of adding. */
  readonly entries: Map<T, number>;
  /** In that order, as a list that is made when it is asked for and never changes. */
  values: readonly T[] | undefined;
}

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
 * tokens, where a topic visits only branches that agree with it. Where there are
 * some, what a topic matched is remembered until an entry that could change it
 * comes or goes.
 */
export class TrieTable<T> implements TopicTable<T> {
  /** Every pattern that has entries. */
  readonly #leaves = new Map<string, Leaf<T>>();
  /** Those with wildcards. */
  readonly #trie = new TokenTrie<Leaf<T>>();
  readonly #cache: MatchCache<T>;
  #wildcards = 0;
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
    this.#cache = new MatchCache({
      maxTopics: maxCachedTopics,
      maxMatches: maxCachedMatches,
    });
  }

  /** Entries in the table. */
  get size(): number {
    return this.#size;
  }

  /** Topics whose matches are remembered now. */
  get cachedTopics(): number {
    return this.#cache.topics;
  }

  /** Matches remembered now, for all topics together. */
  get cachedMatches(): number {
    return this.#cache.matches;
  }

  /** Branches of the tree of patterns with wildcards. */
  get branches(): number {
    return this.#trie.branches;
  }

  /** Adds an entry, behind all others, unless it is there. */
  add(pattern: string, value: T): void {
    const leaf = this.#leaves.get(pattern) ?? this.#addLeaf(pattern);
    if (leaf.entries.has(value)) return;
    leaf.entries.set(value, this.#order++);
    this.#size++;
    this.#changed(pattern, leaf);
  }

  /** Takes an entry out; `false` if it is not there. */
  remove(pattern: string, value: T): boolean {
    const leaf = this.#leaves.get(pattern);
    if (!leaf?.entries.delete(value)) return false;
    this.#size--;
    if (leaf.entries.size === 0) this.#removeLeaf(pattern);
    this.#changed(pattern, leaf);
    return true;
  }

  /** The values whose pattern stands for `topic`, in the order they were added. */
  match(topic: string): readonly T[] {
    if (this.#wildcards === 0) {
      const exact = this.#leaves.get(topic);
      return exact === undefined ? NONE : valuesOf(exact);
    }
    const known = this.#cache.get(topic);
    if (known !== undefined) return known;
    const leaves = this.#trie.match(topic);
    const exact = this.#leaves.get(topic);
    if (exact !== undefined) leaves.push(exact);
    const values = merge(leaves);
    this.#cache.add(topic, values);
    return values;
  }

  /** The patterns that have entries, each once, sorted. */
  patterns(): string[] {
    return [...this.#leaves.keys()].sort();
  }

  #addLeaf(pattern: string): Leaf<T> {
    const leaf: Leaf<T> = { entries: new Map(), values: undefined };
    this.#leaves.set(pattern, leaf);
    if (hasWildcard(pattern)) {
      this.#trie.set(pattern, leaf);
      this.#wildcards++;
    }
    return leaf;
  }

  #removeLeaf(pattern: string): void {
    this.#leaves.delete(pattern);
    if (!hasWildcard(pattern)) return;
    this.#trie.delete(pattern);
    this.#wildcards--;
  }

  /** Forgets every match that an entry of `pattern` could change. */
  #changed(pattern: string, leaf: Leaf<T>): void {
    leaf.values = undefined;
    if (hasWildcard(pattern)) this.#cache.clear();
    else this.#cache.delete(pattern);
  }
}

const NONE: readonly never[] = [];

function valuesOf<T>(leaf: Leaf<T>): readonly T[] {
  return leaf.values ??= [...leaf.entries.keys()];
}

/** The values of all leaves in the order of their entries. */
function merge<T>(leaves: readonly Leaf<T>[]): readonly T[] {
  const [first] = leaves;
  if (first === undefined) return NONE;
  if (leaves.length === 1) return valuesOf(first);
  return leaves
    .flatMap(({ entries }) => [...entries])
    .sort(([, one], [, other]) => one - other)
    .map(([value]) => value);
}
