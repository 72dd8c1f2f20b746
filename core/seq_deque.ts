/** What a {@linkcode SeqDeque} keeps in order. */
export interface Sequenced {
  /** Place in the order of acceptance; must not change while the item is inside. */
  readonly seq: number;
}

/** An item, or in the place of one that was removed its seq, which keeps the order searchable. */
type Slot<T> = T | number | undefined;

const MIN_SLOTS = 8;
/** Slots a ring keeps through bursts; larger ones are given back as it drains. */
const KEPT_SLOTS = 64;

/**
 * Items in the order of their `seq`, equal ones in the order they came.
 *
 * A ring of slots. The first slot in use always holds an item; behind it, a
 * removed item leaves its seq as a number until the ring has as many of those
 * as items, and is then packed. Adding the newest or the oldest and taking the
 * first cost O(1); adding elsewhere a binary search and a move of the slots
 * towards the nearer end; removing a binary search. All of it is amortised.
 * The ring doubles when it is full and halves when it is a quarter full, down to
 * 64 slots. It has no limit of its own: its owner bounds it.
 */
export class SeqDeque<T extends Sequenced> implements Iterable<T> {
  #slots: Slot<T>[] = new Array(MIN_SLOTS).fill(undefined);
  #mask = MIN_SLOTS - 1;
  #head = 0;
  #used = 0;
  #size = 0;

  /** Items inside. */
  get size(): number {
    return this.#size;
  }

  /** Slots of the ring, in use or not: what it takes of memory. */
  get slots(): number {
    return this.#slots.length;
  }

  /** The item with the lowest seq. */
  first(): T | undefined {
    // The first slot in use always holds an item.
    return this.#slots[this.#head] as T | undefined;
  }

  /** Adds an item in its place. */
  push(item: T): void {
    if (this.#used > this.#mask) this.#resize(this.#slots.length * 2);
    const index = this.#used === 0 || item.seq >= this.#seqAt(this.#used - 1)
      ? this.#used
      : this.#placeAfter(item.seq);
    this.#open(index);
    this.#set(index, item);
    this.#size++;
  }

  /** Takes the item with the lowest seq. */
  shift(): T | undefined {
    const item = this.first();
    if (item === undefined) return undefined;
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & this.#mask;
    this.#used--;
    this.#size--;
    this.#tidy();
    return item;
  }

  /** Takes an item out, wherever it is; `false` if it is not inside. */
  remove(item: T): boolean {
    if (item === this.first()) return this.shift() !== undefined;
    const index = this.#indexOf(item);
    if (index < 0) return false;
    this.#set(index, item.seq);
    this.#size--;
    this.#tidy();
    return true;
  }

  /** Takes everything out. */
  clear(): void {
    this.#slots = new Array(MIN_SLOTS).fill(undefined);
    this.#mask = MIN_SLOTS - 1;
    this.#head = this.#used = this.#size = 0;
  }

  /** The items in order, as they were when the walk began. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.#items().values();
  }

  #items(): T[] {
    const items: T[] = [];
    for (let index = 0; index < this.#used; index++) {
      const slot = this.#at(index);
      if (typeof slot === "object") items.push(slot);
    }
    return items;
  }

  #at(index: number): Slot<T> {
    return this.#slots[(this.#head + index) & this.#mask];
  }

  #set(index: number, slot: Slot<T>): void {
    this.#slots[(this.#head + index) & this.#mask] = slot;
  }

  #seqAt(index: number): number {
    const slot = this.#at(index);
    return typeof slot === "object" ? slot.seq : slot ?? NaN;
  }

  /** The index of the first slot with a seq above `seq`. */
  #placeAfter(seq: number): number {
    let low = 0;
    let high = this.#used;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#seqAt(middle) <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #indexOf(item: T): number {
    let index = this.#placeAfter(item.seq) - 1;
    while (index >= 0 && this.#seqAt(index) === item.seq) {
      if (this.#at(index) === item) return index;
      index--;
    }
    return -1;
  }

  /** Makes room for one slot at `index`, moving the shorter side. */
  #open(index: number): void {
    if (index > this.#used / 2 || index === this.#used) {
      for (let i = this.#used; i > index; i--) this.#set(i, this.#at(i - 1));
    } else {
      this.#head = (this.#head - 1) & this.#mask;
      for (let i = 0; i < index; i++) this.#set(i, this.#at(i + 1));
    }
    this.#used++;
  }

  /** Restores what the class promises of its first slot and of its size. */
  #tidy(): void {
    while (this.#used > 0 && typeof this.#at(0) === "number") {
      this.#set(0, undefined);
      this.#head = (this.#head + 1) & this.#mask;
      this.#used--;
    }
    const slots = this.#slots.length;
    // A quarter full, not half, so that a size on the border does not copy each time.
    if (slots > KEPT_SLOTS && this.#used <= slots / 4) {
      this.#resize(slots / 2);
    } else if (this.#used > 2 * this.#size + MIN_SLOTS) {
      this.#resize(slots);
    }
  }

  /** Moves the items, without what removed ones left behind, into a ring of `slots`. */
  #resize(slots: number): void {
    const moved: Slot<T>[] = new Array(slots);
    let count = 0;
    for (let index = 0; index < this.#used; index++) {
      const slot = this.#at(index);
      if (typeof slot === "object") moved[count++] = slot;
    }
    this.#slots = moved.fill(undefined, count);
    this.#mask = slots - 1;
    this.#head = 0;
    this.#used = count;
  }
}
