/** Bytes in one slab: a buffer of one's own costs ten times as much as a piece of one. */
const SLAB_BYTES = 64 * 1024;

/**
 * Hands out bytes that are written once and needed for a moment. All of a slab
 * stays while a piece of it does: what is kept for long must be copied.
 */
export class Slab {
  #bytes = new Uint8Array(0);
  #used = 0;

  /** So many bytes, of which nobody else has any. */
  take(length: number): Uint8Array {
    if (length > SLAB_BYTES / 4) return new Uint8Array(length);
    if (this.#used + length > this.#bytes.length) {
      this.#bytes = new Uint8Array(SLAB_BYTES);
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += length;
    return this.#bytes.subarray(from, this.#used);
  }
}
