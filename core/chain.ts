/** An element of a {@linkcode Chain}: it knows its neighbours, so that it can be taken out. */
export interface ChainLink<T> {
  /** Kept by the chain. */
  previous: T | undefined;
  /** Kept by the chain. */
  next: T | undefined;
}

/**
 * Elements in the order they came. Adding one and taking one out, wherever it
 * stands, cost a few writes and no memory, as the elements carry the links
 * themselves; so each can be in one chain at a time. Not bounded: whoever adds
 * bounds how many.
 */
export class Chain<T extends ChainLink<T>> implements Iterable<T> {
  #first: T | undefined;
  #last: T | undefined;
  #size = 0;

  /** Elements inside. */
  get size(): number {
    return this.#size;
  }

  /** The element that came first. */
  get first(): T | undefined {
    return this.#first;
  }

  /** Adds an element that is in no chain, behind all others. */
  add(element: T): void {
    element.previous = this.#last;
    if (this.#last) this.#last.next = element;
    else this.#first = element;
    this.#last = element;
    this.#size++;
  }

  /** Takes an element out. @returns `false` if it is in no chain. */
  remove(element: T): boolean {
    if (!this.has(element)) return false;
    const { previous, next } = element;
    if (previous) previous.next = next;
    else this.#first = next;
    if (next) next.previous = previous;
    else this.#last = previous;
    element.previous = undefined;
    element.next = undefined;
    this.#size--;
    return true;
  }

  /** Whether an element is in this chain; it must not be in another. */
  has(element: T): boolean {
    return element.previous !== undefined || this.#first === element;
  }

  /** The elements that the walk began with, but those that were taken out before it got there. */
  *[Symbol.iterator](): IterableIterator<T> {
    const elements: T[] = [];
    for (let at = this.#first; at; at = at.next) elements.push(at);
    for (const element of elements) {
      if (this.has(element)) yield element;
    }
  }
}
