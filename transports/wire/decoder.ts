import { BusError } from "../../core/errors.ts";
import { byteAt } from "./byte_at.ts";
import {
  COUNTED_HEADER_BYTES,
  type Frame,
  HEADER_BYTES,
  isFrameKind,
  NO_BYTES,
  readUint32,
} from "./frame.ts";

/** What is kept of the buffer for split frames when a frame was larger, in bytes. */
const KEPT_BYTES = 64 * 1024;
const FIRST_BYTES = 256;

/**
 * Makes frames of a stream of bytes, however it is cut. Memory follows the
 * bytes that arrived, never the length that a header declares; a length above
 * {@linkcode FrameDecoder.maxFrameBytes} ends the stream before anything is
 * allocated for it.
 */
export class FrameDecoder {
  /** Most that a frame's length field may say, in bytes. May be changed between frames. */
  maxFrameBytes: number;
  #split: Uint8Array = NO_BYTES;
  #arrived = 0;
  #stopped = false;

  /** A decoder at the start of a stream. */
  constructor(maxFrameBytes: number) {
    this.maxFrameBytes = maxFrameBytes;
  }

  /** Bytes that arrived of a frame that is not complete. */
  get pendingBytes(): number {
    return this.#arrived;
  }

  /** Size of the buffer for it, in bytes. */
  get heldBytes(): number {
    return this.#split.length;
  }

  /** Hands out no more frames, those that the current chunk still holds among them. */
  stop(): void {
    this.#stopped = true;
  }

  /**
   * Takes the next bytes of the stream and calls `onFrame` for each frame that
   * they complete. The frame's head and payload are views of buffers that are
   * used again: they hold only during the call.
   *
   * @throws {BusError} With code `"protocol"` if the bytes are no frame of this
   * protocol. What follows in the stream has no meaning any more.
   */
  push(chunk: Uint8Array, onFrame: (frame: Frame) => void): void {
    if (this.#stopped) return;
    let at = this.#arrived > 0 ? this.#completeSplit(chunk, onFrame) : 0;
    while (!this.#stopped && chunk.length - at >= HEADER_BYTES) {
      const end = at + 4 + this.#checkedLength(chunk, at);
      if (end > chunk.length) break;
      onFrame(viewFrame(chunk, at, end));
      at = end;
    }
    if (this.#stopped || at >= chunk.length) return;
    // A length that cannot be right is refused as soon as its four bytes are there.
    if (chunk.length - at >= 4) this.#checkedLength(chunk, at);
    this.#keep(chunk, at, chunk.length);
  }

  /** Adds what `chunk` has of the frame that is under way; returns where the rest of it begins. */
  #completeSplit(chunk: Uint8Array, onFrame: (frame: Frame) => void): number {
    let at = 0;
    if (this.#arrived < HEADER_BYTES) {
      at = Math.min(HEADER_BYTES - this.#arrived, chunk.length);
      this.#keep(chunk, 0, at);
      if (this.#arrived >= 4) this.#checkedLength(this.#split, 0);
      if (this.#arrived < HEADER_BYTES) return at;
    }
    const total = 4 + this.#checkedLength(this.#split, 0);
    const end = Math.min(chunk.length, at + total - this.#arrived);
    this.#keep(chunk, at, end);
    if (this.#arrived === total) this.#handOutSplit(total, onFrame);
    return end;
  }

  #handOutSplit(total: number, onFrame: (frame: Frame) => void): void {
    this.#arrived = 0;
    onFrame(viewFrame(this.#split, 0, total));
    if (this.#split.length > KEPT_BYTES) this.#split = NO_BYTES;
  }

  #keep(chunk: Uint8Array, from: number, to: number): void {
    const needed = this.#arrived + to - from;
    if (needed > this.#split.length) {
      // Twice what is there, as more will come, but no more than can. The first
      // bytes are more than a header, so that the length is known when they are full.
      const room = Math.min(needed * 2, this.#totalBytes(chunk, from));
      const grown = new Uint8Array(Math.max(FIRST_BYTES, room));
      grown.set(this.#split.subarray(0, this.#arrived));
      this.#split = grown;
    }
    this.#split.set(chunk.subarray(from, to), this.#arrived);
    this.#arrived = needed;
  }

  /** Bytes of the frame that is under way, or of the one that begins in `chunk`. */
  #totalBytes(chunk: Uint8Array, from: number): number {
    return 4 +
      (this.#arrived === 0
        ? readUint32(chunk, from)
        : readUint32(this.#split, 0));
  }

  #checkedLength(bytes: Uint8Array, at: number): number {
    const length = readUint32(bytes, at);
    if (length > this.maxFrameBytes) {
      throw new BusError(
        "protocol",
        `Cannot read frame as its length must be at most maxFrameBytes, ${this.maxFrameBytes}: its header says ${length}`,
      );
    }
    if (length < COUNTED_HEADER_BYTES) {
      throw new BusError(
        "protocol",
        `Cannot read frame as its length must be at least ${COUNTED_HEADER_BYTES}: its header says ${length}`,
      );
    }
    return length;
  }
}

function viewFrame(bytes: Uint8Array, at: number, end: number): Frame {
  const kind = byteAt(bytes, at + 4);
  if (!isFrameKind(kind)) {
    throw new BusError(
      "protocol",
      `Cannot read frame as its kind must be known to version 1: its header says ${kind}`,
    );
  }
  const headAt = at + HEADER_BYTES;
  const headBytes = readUint32(bytes, at + 16);
  if (headBytes > end - headAt) {
    throw new BusError(
      "protocol",
      `Cannot read frame as its head must fit into it: ${headBytes} bytes of ${
        end - headAt
      }`,
    );
  }
  const payloadAt = headAt + headBytes;
  return {
    kind,
    flags: byteAt(bytes, at + 5),
    priority: byteAt(bytes, at + 6),
    id: readUint32(bytes, at + 8),
    aux: readUint32(bytes, at + 12),
    head: headBytes === 0 ? NO_BYTES : bytes.subarray(headAt, payloadAt),
    payload: payloadAt === end ? NO_BYTES : bytes.subarray(payloadAt, end),
  };
}
