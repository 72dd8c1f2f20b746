/**
 * What is known by the token of a payload. Two calls may happen to share one;
 * by then nothing is known by it.
 */
export class Tokens<T> {
  readonly #known = new Map<number, T | undefined>();

  /** Knows something by a token, or nothing any more. */
  add(token: number | undefined, fact: T): void {
    if (token === undefined) return;
    this.#known.set(token, this.#known.has(token) ? undefined : fact);
  }

  /** What is known by a token. */
  get(token: number): T | undefined {
    return this.#known.get(token);
  }
}
