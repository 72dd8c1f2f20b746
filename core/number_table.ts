import { LIMITS } from "./limits.ts";

/** Slots of a table in which nothing is: a power of two. */
const MIN_SLOTS = 8;
/** 2^32 divided by the golden ratio: numbers in a row, times this, lie far apart. */
const SPREAD = 0x9e37_79b1;

/**
 * The number behind `last`. A thousand a second reach the highest after fifty
 * days, and begin anew at 1.
 */
export function nextNumber(last: number): number {
  return last >= LIMITS.maxNumber ? 1 : last + 1;
}

/**
 * Values by whole numbers that this side has given in a row: not by such as
 * somebody else may choose so that they collide.
 *
 * A `Map` of which entries come and go makes itself a new table now and then,
 * and the old one refers to it. Once a full collection has kept one of them,
 * whatever was in all later ones stays until the next: the collector copies
 * every message that was sent in between, several times. Here a table that was
 * outgrown refers to nothing new. It has at least twice as many slots as values,
 * and halves when hardly any were in use for a while: not with every burst. It has
 * no limit of its own: its owner bounds it.
 */
export class NumberTable<T extends object> {
  #numbers: number[] = [];
  #values: (T | undefined)[] = [];
  #size = 0;
  /** Values taken out since an eighth of the slots was last in use. */
  #sparse = 0;
  /** By so much a number is shifted to have as many bits as there are slots. */
  #shift = 0;

  /** A table without values. */
  constructor() {
    this.#clear(MIN_SLOTS);
  }

  /** Values inside. */
  get size(): number {
    return this.#size;
  }

  /** Slots, in use or not: what it takes of memory. */
  get slots(): number {
    return this.#values.length;
  }

  /** The value of this number. */
  get(number: number): T | undefined {
    return this.#values[this.#slotOf(number)];
  }

  /** Gives a number its value, in the place of the one that it has. */
  set(number: number, value: T): void {
    const slot = this.#slotOf(number);
    if (this.#values[slot] === undefined) this.#size++;
    this.#numbers[slot] = number;
    this.#values[slot] = value;
    if (this.#size * 2 > this.#values.length) {
      this.#resize(this.#values.length * 2);
    }
  }

  /** Takes a number's value out. */
  take(number: number): T | undefined {
    const slot = this.#slotOf(number);
    const value = this.#values[slot];
    if (value === undefined) return undefined;
    this.#empty(slot);
    this.#size--;
    const slots = this.#values.length;
    if (this.#size * 8 >= slots) this.#sparse = 0;
    else if (++this.#sparse > slots && slots > MIN_SLOTS) {
      this.#resize(slots / 2);
    }
    return value;
  }

  /** The values in the order of their numbers. */
  inOrder(): T[] {
    const [numbers, values] = [this.#numbers, this.#values];
    const used = [...values.keys()].filter((at) => values[at] !== undefined);
    used.sort((one, other) => (numbers[one] ?? 0) - (numbers[other] ?? 0));
    return used.map((at) => values[at]).filter((one) => one !== undefined);
  }

  /** The slot that a number has, or would get. */
  #slotOf(number: number): number {
    const mask = this.#values.length - 1;
    let slot = Math.imul(number, SPREAD) >>> this.#shift;
    while (
      this.#values[slot] !== undefined && this.#numbers[slot] !== number
    ) slot = (slot + 1) & mask;
    return slot;
  }

  /** Empties a slot, and moves those behind it up that are not where they belong. */
  #empty(slot: number): void {
    const [numbers, values] = [this.#numbers, this.#values];
    const mask = values.length - 1;
    let free = slot;
    let at = (slot + 1) & mask;
    for (; values[at] !== undefined; at = (at + 1) & mask) {
      const number = numbers[at] ?? 0;
      const home = Math.imul(number, SPREAD) >>> this.#shift;
      if (((at - home) & mask) < ((at - free) & mask)) continue;
      numbers[free] = number;
      values[free] = values[at];
      free = at;
    }
    values[free] = undefined;
  }

  #resize(slots: number): void {
    const [numbers, values] = [this.#numbers, this.#values];
    this.#clear(slots);
    for (let at = 0; at < values.length; at++) {
      const value = values[at];
      if (value !== undefined) this.set(numbers[at] ?? 0, value);
    }
  }

  #clear(slots: number): void {
    // Filled, as arrays with holes are slower.
    this.#numbers = new Array<number>(slots).fill(0);
    this.#values = new Array<T | undefined>(slots).fill(undefined);
    this.#shift = 32 - Math.log2(slots);
    this.#size = this.#sparse = 0;
  }
}
