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
  /** Of what was kept last: the block, its chunk, and what of the chunk is there. */
  #kept: Uint8Array;
  #chunk: object | undefined;
  #from = 0;
  #to = 0;
  /** What is to be added to a place in the chunk. */
  #shift = 0;

  /**
   * An empty slab. Its blocks are of at most `blockBytes`, 16 KiB unless said
   * otherwise, and have room for `copiesPerBlock` copies of the size of their
   * first, 16 unless said otherwise, or for all that came with it.
   */
  constructor(blockBytes = 16 * 1024, copiesPerBlock = USUAL_COPIES) {
    this.#blockBytes = blockBytes;
    this.#copiesPerBlock = copiesPerBlock;
    this.#block = this.#kept = new Uint8Array(0);
  }

  /** The block that {@linkcode Slab.reserve} has used last. */
  get block(): Uint8Array {
    return this.#block;
  }

  /** The block that {@linkcode Slab.keep} has used last. */
  get kept(): Uint8Array {
    return this.#kept;
  }

  /** A copy of `bytes`; one of more than an eighth of a block stands alone. */
  copy(bytes: Uint8Array): Uint8Array {
    const { length } = bytes;
    if (length * 8 > this.#blockBytes) return bytes.slice();
    const at = this.reserve(length);
    this.#block.set(bytes, at);
    return this.#block.subarray(at, at + length);
  }

  /**
   * Copies the bytes from `from` to `to`, without a view of its own for the
   * copy, which takes more memory than a small one. What follows is copied with
   * them, up to 15 times as much, as it mostly is to be kept as well: of the
   * same `chunk`, that is there already. Another one says that `bytes` are
   * others, or have changed.
   *
   * @returns Where the copy begins in {@linkcode Slab.kept}.
   */
  keep(bytes: Uint8Array, from: number, to: number, chunk: object): number {
    const isThere = chunk === this.#chunk && from >= this.#from &&
      to <= this.#to;
    if (!isThere) this.#copyAhead(bytes, from, to, chunk);
    return from + this.#shift;
  }

  /**
   * Has room for `length` bytes, to be written at once.
   *
   * @returns Where it begins in {@linkcode Slab.block}.
   */
  reserve(length: number): number {
    return this.#reserve(length, length * this.#copiesPerBlock);
  }

  #copyAhead(bytes: Uint8Array, from: number, to: number, chunk: object): void {
    const length = to - from;
    const rest = bytes.length - from;
    const few = length * this.#copiesPerBlock;
    const left = this.#block.length - this.#used;
    const room = length <= left ? left : this.#blockBytes;
    // A small message keeps what is copied with it alive, so that has a bound.
    const copied = Math.max(length, Math.min(rest, few, room));
    const at = this.#reserve(copied, Math.max(few, rest));
    this.#block.set(bytes.subarray(from, from + copied), at);
    this.#kept = this.#block;
    this.#chunk = chunk;
    this.#from = from;
    this.#to = from + copied;
    this.#shift = at - from;
  }

  /** Where `length` bytes have room, in a block for `usual` where there is none left. */
  #reserve(length: number, usual: number): number {
    if (this.#used + length > this.#block.length) {
      const bytes = Math.max(length, Math.min(this.#blockBytes, usual));
      this.#block = new Uint8Array(bytes);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += length;
    return at;
  }
}
