import { BusError } from "../core/errors.ts";

/** Smallest buffer, in bytes; it grows towards the capacity as it is needed. */
const FIRST_BYTES = 1_024;

/**
 * Bytes from one writer to one reader, in order. At most `capacity` bytes are
 * unread; a write waits for room for the rest. Each side closes its own end.
 */
export class Pipe {
  readonly #capacity: number;
  #ring: Uint8Array;
  #start = 0;
  #unread = 0;
  #reader:
    | { buffer: Uint8Array; settle: (count: number | null) => void }
    | undefined;
  #writer:
    | { rest: Uint8Array; outcome: PromiseWithResolvers<void> }
    | undefined;
  #readerClosed = false;
  #writerClosed = false;

  /** An empty pipe that holds up to `capacity` bytes. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#ring = new Uint8Array(Math.min(FIRST_BYTES, capacity));
  }

  /**
   * Reads at least one byte into `buffer`, waiting for it.
   *
   * @returns How many; `null` once the reader closed, or the writer did and all is read.
   */
  read(buffer: Uint8Array): Promise<number | null> {
    if (this.#readerClosed) return Promise.resolve(null);
    if (this.#unread > 0) return Promise.resolve(this.#takeInto(buffer));
    if (this.#writerClosed) return Promise.resolve(null);
    const { promise, resolve } = Promise.withResolvers<number | null>();
    this.#reader = { buffer, settle: resolve };
    return promise;
  }

  /**
   * Copies all of `bytes` into the pipe, waiting for room.
   *
   * @throws {BusError} With code `"closed"` if the writer closed, or
   * `"unreachable"` if the reader did.
   */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#writerClosed) throw closedHere();
    if (this.#readerClosed) throw closedThere();
    const rest = this.#put(bytes);
    this.#wakeReader();
    if (rest.length === 0) return;
    const outcome = Promise.withResolvers<void>();
    this.#writer = { rest, outcome };
    this.#fill();
    await outcome.promise;
  }

  /** Ends reading: what is unread is dropped, and the writer told. Safe to call twice. */
  closeReader(): void {
    this.#readerClosed = true;
    this.#unread = 0;
    this.#reader?.settle(null);
    this.#reader = undefined;
    this.#writer?.outcome.reject(closedThere());
    this.#writer = undefined;
  }

  /** Ends writing: the reader still gets what was taken. Safe to call twice. */
  closeWriter(): void {
    this.#writerClosed = true;
    this.#writer?.outcome.reject(closedHere());
    this.#writer = undefined;
    // A reader that waits has read all there was.
    this.#reader?.settle(null);
    this.#reader = undefined;
  }

  #wakeReader(): void {
    const reader = this.#reader;
    if (!reader || this.#unread === 0) return;
    this.#reader = undefined;
    reader.settle(this.#takeInto(reader.buffer));
  }

  #takeInto(buffer: Uint8Array): number {
    const count = Math.min(buffer.length, this.#unread);
    const first = Math.min(count, this.#ring.length - this.#start);
    buffer.set(this.#ring.subarray(this.#start, this.#start + first));
    buffer.set(this.#ring.subarray(0, count - first), first);
    this.#start = (this.#start + count) % this.#ring.length;
    this.#unread -= count;
    this.#fill();
    return count;
  }

  /** Gives a waiting writer the room that has come free. */
  #fill(): void {
    const writer = this.#writer;
    if (!writer) return;
    writer.rest = this.#put(writer.rest);
    if (writer.rest.length > 0) return;
    this.#writer = undefined;
    writer.outcome.resolve();
  }

  /** Copies as much as there is room for; returns what is left. */
  #put(bytes: Uint8Array): Uint8Array {
    const count = Math.min(bytes.length, this.#capacity - this.#unread);
    this.#makeRoom(this.#unread + count);
    const size = this.#ring.length;
    const end = (this.#start + this.#unread) % size;
    const first = Math.min(count, size - end);
    this.#ring.set(bytes.subarray(0, first), end);
    this.#ring.set(bytes.subarray(first, count));
    this.#unread += count;
    return bytes.subarray(count);
  }

  #makeRoom(needed: number): void {
    const old = this.#ring;
    if (needed <= old.length) return;
    let size = old.length;
    while (size < needed) size *= 2;
    this.#ring = new Uint8Array(Math.min(size, this.#capacity));
    const first = Math.min(this.#unread, old.length - this.#start);
    this.#ring.set(old.subarray(this.#start, this.#start + first));
    this.#ring.set(old.subarray(0, this.#unread - first), first);
    this.#start = 0;
  }
}

function closedHere(): BusError {
  return new BusError(
    "closed",
    "Cannot write to connection as it must be open: this side closed it",
  );
}

function closedThere(): BusError {
  return new BusError(
    "unreachable",
    "Cannot write to connection as somebody must read it: the other side closed it",
  );
}
