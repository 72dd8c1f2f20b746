/** Smallest buffer, in bytes; it grows towards the capacity as it is needed. */
const FIRST_BYTES = 1_024;

/** Bytes in order, at most `capacity` of them; what does not fit is left to the caller. */
export class ByteRing {
  readonly #capacity: number;
  #bytes: Uint8Array;
  #start = 0;
  #length = 0;

  /** An empty ring that holds up to `capacity` bytes. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#bytes = new Uint8Array(Math.min(FIRST_BYTES, capacity));
  }

  /** Bytes inside. */
  get length(): number {
    return this.#length;
  }

  /** Bytes that there is room for. */
  get room(): number {
    return this.#capacity - this.#length;
  }

  /** Copies in as much as there is room for; returns how many bytes that was. */
  put(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.room);
    this.#makeRoom(this.#length + count);
    const end = (this.#start + this.#length) % this.#bytes.length;
    const first = Math.min(count, this.#bytes.length - end);
    this.#bytes.set(bytes.subarray(0, first), end);
    if (first < count) this.#bytes.set(bytes.subarray(first, count));
    this.#length += count;
    return count;
  }

  /** Moves the first `count` bytes, which must be there, into `buffer`. */
  takeInto(buffer: Uint8Array, count: number): void {
    this.#copyInto(buffer, count);
    this.#start = (this.#start + count) % this.#bytes.length;
    this.#length -= count;
  }

  /** Drops the last bytes, so that `length` are left. */
  truncate(length: number): void {
    this.#length = length;
  }

  /** Turns one bit over, of the byte at `index` from the first. */
  flip(index: number, bit: number): void {
    const at = (this.#start + index) % this.#bytes.length;
    this.#bytes[at] = (this.#bytes[at] ?? 0) ^ (1 << bit);
  }

  #copyInto(buffer: Uint8Array, count: number): void {
    const first = Math.min(count, this.#bytes.length - this.#start);
    buffer.set(this.#bytes.subarray(this.#start, this.#start + first));
    if (first < count) {
      buffer.set(this.#bytes.subarray(0, count - first), first);
    }
  }

  #makeRoom(needed: number): void {
    let size = this.#bytes.length;
    if (needed <= size) return;
    while (size < needed) size *= 2;
    const larger = new Uint8Array(Math.min(size, this.#capacity));
    this.#copyInto(larger, this.#length);
    this.#bytes = larger;
    this.#start = 0;
  }
}
