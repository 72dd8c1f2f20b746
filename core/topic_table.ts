/**
 * Which values want which topics.
 *
 * An entry is a pattern with a value. Patterns must have passed
 * `patternProblem()` and topics `topicProblem()`, both of `core/topic.ts`, or
 * both be name patterns and names; a table does not check them again. A table
 * has no limit of its own: who adds bounds how many.
 */
export interface TopicTable<T> {
  /** Adds an entry, behind all others. An entry that is there already stays where it is. */
  add(pattern: string, value: T): void;
  /** Takes an entry out; `false` if it is not there. */
  remove(pattern: string, value: T): boolean;
  /**
   * The values of the entries whose pattern stands for `topic`, in the order
   * the entries were added; a value with two such entries is there twice. The
   * array is never changed afterwards, and may be handed out again: do not
   * write to it.
   */
  match(topic: string): readonly T[];
  /** The patterns that have entries, each once, sorted by their characters. */
  patterns(): string[];
  /** Entries in the table. */
  readonly size: number;
}
