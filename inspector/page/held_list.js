/**
 * A list whose rows stay where they are while somebody reads: those that are
 * there are brought up to date, and new ones wait until they are asked for.
 * Pure: no part of the page is looked at.
 */
export class HeldList {
  #key;
  #shown = new Map();
  #latest = [];

  /** `key(item)` tells items apart. */
  constructor(key) {
    this.#key = key;
  }

  /** What is shown. */
  get items() {
    return [...this.#shown.values()];
  }

  /** How many are not shown yet. */
  get waiting() {
    return this.#latest.filter((item) => !this.#shown.has(this.#key(item)))
      .length;
  }

  /** Takes the latest state in; the first is shown at once. */
  take(items) {
    this.#latest = items;
    if (this.#shown.size === 0) return this.release();
    for (const item of items) {
      const key = this.#key(item);
      // An entry that is there keeps its place.
      if (this.#shown.has(key)) this.#shown.set(key, item);
    }
  }

  /** Shows what is there now, in its own order. */
  release() {
    this.#shown = new Map(this.#latest.map((item) => [this.#key(item), item]));
  }
}
