const STEP = 4;
/** A buffer of which less than this part is used is too large. */
const LEAST_USED_PART = 1 / 16;
/** How often in a row it must have been too large to be made smaller. */
const PATIENCE = 8;

/**
 * How large the buffers of a connection should be: as large as its traffic
 * asks for, at once, and smaller again when it has asked for little a few times
 * in a row. So a connection that was busy once does not cost for ever what a
 * busy one does.
 */
export class BufferSize {
  readonly #first: number;
  readonly #most: number;
  #bytes: number;
  #timesTooLarge = 0;

  /** Sizes from `first` to `most`, in bytes; `first` at first. */
  constructor(first: number, most: number) {
    this.#first = first;
    this.#most = most;
    this.#bytes = first;
  }

  /** The size, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** One was too small. */
  grow(): void {
    this.#timesTooLarge = 0;
    this.#bytes = Math.min(this.#most, this.#bytes * STEP);
  }

  /** One held `count` bytes in the end. */
  used(count: number): void {
    if (count > this.#bytes * LEAST_USED_PART) {
      this.#timesTooLarge = 0;
    } else if (++this.#timesTooLarge >= PATIENCE) {
      this.#timesTooLarge = 0;
      this.#bytes = Math.max(this.#first, this.#bytes / STEP);
    }
  }
}
