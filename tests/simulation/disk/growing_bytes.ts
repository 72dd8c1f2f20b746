/** Bytes that can be set anywhere; what was never set is 0. */
export class GrowingBytes {
  #bytes = new Uint8Array(FIRST_BYTES);
  #length = 0;

  /** Up to the last that was ever set. */
  get length(): number {
    return this.#length;
  }

  /** All of them: a view, which changes with them. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Sets bytes from a place on. */
  set(at: number, bytes: Uint8Array): void {
    const end = at + bytes.length;
    if (bytes.length === 0) return;
    if (end > this.#bytes.length) this.#grow(end);
    this.#bytes.set(bytes, at);
    this.#length = Math.max(this.#length, end);
  }

  /** Becomes the same as others. */
  become(others: GrowingBytes): void {
    this.#bytes = others.#bytes.slice();
    this.#length = others.#length;
  }

  #grow(end: number): void {
    const grown = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}

const FIRST_BYTES = 4_096;
