import { tokenEnd } from "../core/topic.ts";

/** The patterns that begin with the same tokens. */
interface Branch<V> {
  /** What follows by a token to the letter. */
  readonly tokens: Map<string, Branch<V>>;
  /** What follows by `*`. */
  star: Branch<V> | undefined;
  /** The value of the pattern that ends here. */
  end: V | undefined;
  /** The value of the pattern that ends with a `>` after here. */
  rest: V | undefined;
}

/**
 * One value for each pattern, in a tree over the patterns' tokens. A topic
 * visits only the branches that agree with it: at most two at each of its
 * tokens, and no more than there are patterns. Patterns and topics must have
 * passed their checks.
 */
export class TokenTrie<V extends object> {
  readonly #root: Branch<V> = newBranch();
  #branches = 0;

  /** Branches of the tree, its root not counted: what it takes of memory. */
  get branches(): number {
    return this.#branches;
  }

  /** Sets the value of a pattern. */
  set(pattern: string, value: V): void {
    let branch = this.#root;
    for (const token of pattern.split(".")) {
      if (token === ">") {
        branch.rest = value;
        return;
      }
      branch = this.#childOf(branch, token);
    }
    branch.end = value;
  }

  /** Takes a pattern out, and every branch that led to it alone. */
  delete(pattern: string): void {
    this.#delete(this.#root, pattern, 0);
  }

  /** The values of the patterns that stand for a topic, in no promised order. */
  match(topic: string): V[] {
    const values: V[] = [];
    collect(this.#root, topic, 0, values);
    return values;
  }

  #childOf(branch: Branch<V>, token: string): Branch<V> {
    const child = token === "*" ? branch.star : branch.tokens.get(token);
    if (child !== undefined) return child;
    const added = newBranch<V>();
    this.#branches++;
    if (token === "*") branch.star = added;
    else branch.tokens.set(token, added);
    return added;
  }

  #delete(branch: Branch<V>, pattern: string, start: number): void {
    if (start > pattern.length) {
      branch.end = undefined;
      return;
    }
    const end = tokenEnd(pattern, start);
    const token = pattern.slice(start, end);
    if (token === ">") {
      branch.rest = undefined;
      return;
    }
    const child = token === "*" ? branch.star : branch.tokens.get(token);
    if (child === undefined) return;
    this.#delete(child, pattern, end + 1);
    if (!isBare(child)) return;
    this.#branches--;
    if (token === "*") branch.star = undefined;
    else branch.tokens.delete(token);
  }
}

function newBranch<V>(): Branch<V> {
  return {
    tokens: new Map(),
    star: undefined,
    end: undefined,
    rest: undefined,
  };
}

function isBare<V>(branch: Branch<V>): boolean {
  return branch.end === undefined && branch.rest === undefined &&
    branch.star === undefined && branch.tokens.size === 0;
}

/** Adds the values that stand for the topic from `start` on; calls itself once a token. */
function collect<V>(
  branch: Branch<V>,
  topic: string,
  start: number,
  values: V[],
): void {
  if (start > topic.length) {
    if (branch.end !== undefined) values.push(branch.end);
    return;
  }
  if (branch.rest !== undefined && start < topic.length) {
    values.push(branch.rest);
  }
  const end = tokenEnd(topic, start);
  if (branch.star !== undefined && end > start) {
    collect(branch.star, topic, end + 1, values);
  }
  if (branch.tokens.size === 0) return;
  const child = branch.tokens.get(topic.slice(start, end));
  if (child !== undefined) collect(child, topic, end + 1, values);
}
