/** Copies of the size of its first that a block has room for: enough to save time, few for one who seldom copies. */
const COPIES_PER_BLOCK = 16;

/**
 * Keeps copies of many small byte arrays in few large ones. An array of its own
 * for each costs three to eight times as much time, as the platform allocates
 * and frees its memory apart. A copy keeps the block it lies in alive, so that
 * copies made together should be of use for about as long.
 */
export class Slab {
  readonly #blockBytes: number;
  #block: Uint8Array;
  #used = 0;

  /** An empty slab of blocks of at most `blockBytes`, 16 KiB unless said otherwise. */
  constructor(blockBytes = 16 * 1024) {
    this.#blockBytes = blockBytes;
    this.#block = new Uint8Array(0);
  }

  /** A copy of `bytes`; one of more than an eighth of a block stands alone. */
  copy(bytes: Uint8Array): Uint8Array {
    const { length } = bytes;
    if (length * 8 > this.#blockBytes) return bytes.slice();
    if (this.#used + length > this.#block.length) {
      this.#block = new Uint8Array(
        Math.min(this.#blockBytes, length * COPIES_PER_BLOCK),
      );
      this.#used = 0;
    }
    const copy = this.#block.subarray(this.#used, this.#used + length);
    copy.set(bytes);
    this.#used += length;
    return copy;
  }
}
