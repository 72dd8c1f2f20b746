/** Copies that a block has room for unless said otherwise: enough to save time, few for one who seldom copies. */
const USUAL_COPIES = 16;

/**
 * Keeps copies of many small byte arrays in few large ones. An array of its own
 * for each costs three to eight times as much time, as the platform allocates
 * and frees its memory apart. A copy keeps the block it lies in alive, so that
 * copies made together should be of use for about as long.
 */
export class Slab {
  readonly #blockBytes: number;
  readonly #copiesPerBlock: number;
  #block: Uint8Array;
  #used = 0;

  /**
   * An empty slab. Its blocks are of at most `blockBytes`, 16 KiB unless said
   * otherwise, and have room for `copiesPerBlock` copies of the size of their
   * first, 16 unless said otherwise, or for all that came with it.
   */
  constructor(blockBytes = 16 * 1024, copiesPerBlock = USUAL_COPIES) {
    this.#blockBytes = blockBytes;
    this.#copiesPerBlock = copiesPerBlock;
    this.#block = new Uint8Array(0);
  }

  /** The block that {@linkcode Slab.keep} or {@linkcode Slab.reserve} has used last. */
  get block(): Uint8Array {
    return this.#block;
  }

  /** A copy of `bytes`; one of more than an eighth of a block stands alone. */
  copy(bytes: Uint8Array): Uint8Array {
    const { length } = bytes;
    if (length * 8 > this.#blockBytes) return bytes.slice();
    const at = this.keep(bytes, 0, length);
    return this.#block.subarray(at, at + length);
  }

  /**
   * Copies the bytes from `from` to `to`, without a view of its own for the
   * copy, which takes more memory than a small one.
   *
   * @returns Where the copy begins in {@linkcode Slab.block}.
   */
  keep(bytes: Uint8Array, from: number, to: number): number {
    const at = this.reserve(to - from, bytes.length - from);
    this.#block.set(bytes.subarray(from, to), at);
    return at;
  }

  /**
   * Has room for `length` bytes, to be written at once; `together` is how many
   * are likely to follow in no time, these included.
   *
   * @returns Where it begins in {@linkcode Slab.block}.
   */
  reserve(length: number, together = length): number {
    if (this.#used + length > this.#block.length) {
      const usual = Math.max(length * this.#copiesPerBlock, together);
      const bytes = Math.max(length, Math.min(this.#blockBytes, usual));
      this.#block = new Uint8Array(bytes);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += length;
    return at;
  }
}
