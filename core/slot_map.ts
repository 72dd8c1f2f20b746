/** Slots that are kept though nothing is in them. */
const KEPT_SLOTS = 64;

/**
 * A `Map` for many values that come and go: it keeps them beside it, and in it
 * where. A `Map` makes itself a new table now and then, and the old one, with
 * all that was in it, refers to the new. Once a full collection has kept one,
 * nothing that is in a later one can go before the next. What stays here is the
 * keys, which are numbers or texts. Where keys are numbers that nobody else
 * chooses, a `NumberTable` is faster. It has no limit of its own: its owner
 * bounds it.
 */
export class SlotMap<K extends string | number, T extends object> {
  readonly #slots = new Map<K, number>();
  #values: (T | undefined)[] = [];
  #free: number[] = [];

  /** Values inside. */
  get size(): number {
    return this.#slots.size;
  }

  /** Slots, in use or not: what it takes of memory. */
  get slots(): number {
    return this.#values.length;
  }

  /** The value of this key. */
  get(key: K): T | undefined {
    const slot = this.#slots.get(key);
    return slot === undefined ? undefined : this.#values[slot];
  }

  /** Gives a key its value, in the place of the one that it has. */
  set(key: K, value: T): void {
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = this.#free.pop() ?? this.#values.length;
      this.#slots.set(key, slot);
    }
    this.#values[slot] = value;
  }

  /** Takes a key's value out. */
  take(key: K): T | undefined {
    const slot = this.#slots.get(key);
    if (slot === undefined) return undefined;
    const value = this.#values[slot];
    this.#slots.delete(key);
    this.#values[slot] = undefined;
    this.#free.push(slot);
    if (this.#slots.size === 0 && this.#values.length > KEPT_SLOTS) {
      this.#values = [];
      this.#free = [];
    }
    return value;
  }

  /** The values, those whose keys came first in front. */
  values(): T[] {
    const values: T[] = [];
    for (const slot of this.#slots.values()) {
      const value = this.#values[slot];
      if (value !== undefined) values.push(value);
    }
    return values;
  }
}
