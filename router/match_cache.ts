/** What is remembered of one topic. */
interface Remembered<T> {
  readonly topic: string;
  readonly values: readonly T[];
}

/** How many a {@linkcode MatchCache} holds. */
export interface MatchCacheLimits {
  /** Topics. */
  maxTopics: number;
  /** Matches of all topics together. */
  maxMatches: number;
}

/** Below this many, what was forgotten may stay in line. */
const MIN_LINE = 32;

/**
 * The matches of the last topics that were looked up. When there is no more
 * room, the topic that was remembered first is forgotten; one with more matches
 * than there is room for is never remembered.
 */
export class MatchCache<T> {
  readonly #limits: Readonly<MatchCacheLimits>;
  readonly #known = new Map<string, Remembered<T>>();
  /**
   * In the order of remembering; what was forgotten since is passed over. Not
   * read from the map's own order: a map whose first entries went is walked past
   * all of their places to find the next.
   */
  #line: Remembered<T>[] = [];
  #first = 0;
  #matches = 0;

  /** Nothing is remembered yet. */
  constructor(limits: MatchCacheLimits) {
    this.#limits = limits;
  }

  /** Topics remembered. */
  get topics(): number {
    return this.#known.size;
  }

  /** Matches remembered. */
  get matches(): number {
    return this.#matches;
  }

  /** Places in memory that topics take, those of forgotten ones among them. */
  get held(): number {
    return this.#line.length;
  }

  /** What a topic matched. */
  get(topic: string): readonly T[] | undefined {
    return this.#known.get(topic)?.values;
  }

  /** Remembers what a topic, which is not known, matched. */
  add(topic: string, values: readonly T[]): void {
    const { maxTopics, maxMatches } = this.#limits;
    if (values.length > maxMatches) return;
    const remembered = { topic, values };
    this.#known.set(topic, remembered);
    this.#line.push(remembered);
    this.#matches += values.length;
    while (this.#known.size > maxTopics || this.#matches > maxMatches) {
      this.#forgetFirst();
    }
    if (this.#line.length > 2 * this.#known.size + MIN_LINE) this.#closeUp();
  }

  /** Forgets a topic. */
  delete(topic: string): void {
    this.#matches -= this.#known.get(topic)?.values.length ?? 0;
    this.#known.delete(topic);
  }

  /** Forgets all. */
  clear(): void {
    if (this.#line.length === 0) return;
    this.#known.clear();
    this.#line = [];
    this.#first = 0;
    this.#matches = 0;
  }

  #forgetFirst(): void {
    const first = this.#line[this.#first++];
    if (first && this.#isKnown(first)) this.delete(first.topic);
  }

  #closeUp(): void {
    this.#line = this.#line.slice(this.#first)
      .filter((remembered) => this.#isKnown(remembered));
    this.#first = 0;
  }

  #isKnown(remembered: Remembered<T>): boolean {
    return this.#known.get(remembered.topic) === remembered;
  }
}
