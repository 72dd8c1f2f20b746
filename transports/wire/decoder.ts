import { BusError } from "../../core/errors.ts";
import { byteAt } from "./byte_at.ts";
import { checksum, CHECKSUM_BYTES } from "./checksum.ts";
import {
  COUNTED_HEADER_BYTES,
  FRAME_CHECKSUM_BYTES,
  FrameForm,
  HEADER_BYTES,
  isFrameKind,
  NO_BYTES,
  readUint32,
} from "./frame.ts";
import { FrameSlot, type ReceivedFrame } from "./received_frame.ts";

/** What is kept of the buffer for split frames when a frame was larger, in bytes. */
const KEPT_BYTES = 64 * 1024;
const FIRST_BYTES = 256;
/** Bytes of a header up to its form, the form included. */
const FORM_BYTES = 8;

/** Whether the frames of a stream have checksums; `"as-first"`: as its first frame has it. */
export type Checksums = boolean | "as-first";

/**
 * Makes frames of a stream of bytes, however it is cut. Memory follows the
 * bytes that arrived, never the length that a header declares; a length above
 * {@linkcode FrameDecoder.maxFrameBytes} ends the stream before anything is
 * allocated for it. Where there are checksums, nothing is believed before its
 * own was found right, the length among it.
 */
export class FrameDecoder {
  /** Most that a frame's length field may say, in bytes. May be changed between frames. */
  maxFrameBytes: number;
  readonly #slot = new FrameSlot();
  #split: Uint8Array = NO_BYTES;
  #arrived = 0;
  #stopped = false;
  #checksums: boolean | undefined;
  #headerBytes = HEADER_BYTES;

  /** A decoder at the start of a stream. */
  constructor(maxFrameBytes: number, checksums: Checksums = false) {
    this.maxFrameBytes = maxFrameBytes;
    if (checksums !== "as-first") this.#expect(checksums);
  }

  /** Whether the frames have checksums; `undefined` as long as the first one has to say. */
  get checksums(): boolean | undefined {
    return this.#checksums;
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
   * they complete. The frame, and the buffers that its head and payload lie
   * in, are used again: they hold only during the call.
   *
   * @throws {BusError} With code `"protocol"` if the bytes are no frame of this
   * protocol; with code `"unreachable"` if they are not those that were sent: a
   * checksum is wrong, or there where none should be, or the other way round.
   * What follows in the stream has no meaning any more.
   */
  push(chunk: Uint8Array, onFrame: (frame: ReceivedFrame) => void): void {
    if (this.#stopped) return;
    if (this.#checksums === undefined) this.#meet(chunk);
    let at = this.#arrived > 0 ? this.#completeSplit(chunk, onFrame) : 0;
    this.#slot.chunk = {};
    while (!this.#stopped && chunk.length - at >= this.#headerBytes) {
      const end = at + 4 + this.#checkedHeader(chunk, at);
      if (end > chunk.length) break;
      onFrame(this.#checkedFrame(chunk, at, end));
      at = end;
    }
    // The next chunk may lie in another buffer, and this one be of no more use.
    this.#slot.clear();
    if (this.#stopped || at >= chunk.length) return;
    this.#checkStart(chunk, at, chunk.length - at);
    this.#keep(chunk, at, chunk.length);
  }

  #expect(checksums: boolean): void {
    this.#checksums = checksums;
    if (checksums) this.#headerBytes = HEADER_BYTES + CHECKSUM_BYTES;
  }

  /** Looks for the form of the first frame. Its length is judged before, as it is when it arrives in pieces. */
  #meet(chunk: Uint8Array): void {
    if (this.#arrived + chunk.length < FORM_BYTES) return;
    const start = new Uint8Array(FORM_BYTES);
    start.set(this.#split.subarray(0, this.#arrived));
    start.set(chunk.subarray(0, FORM_BYTES - this.#arrived), this.#arrived);
    this.#checkedLength(start, 0);
    this.#expect(hasChecksums(start, 0));
  }

  /** Adds what `chunk` has of the frame that is under way; returns where the rest of it begins. */
  #completeSplit(
    chunk: Uint8Array,
    onFrame: (frame: ReceivedFrame) => void,
  ): number {
    let at = 0;
    if (this.#arrived < this.#headerBytes) {
      at = Math.min(this.#headerBytes - this.#arrived, chunk.length);
      this.#keep(chunk, 0, at);
      this.#checkStart(this.#split, 0, this.#arrived);
      if (this.#arrived < this.#headerBytes) return at;
      this.#checkedHeader(this.#split, 0);
    }
    const total = 4 + readUint32(this.#split, 0);
    const end = Math.min(chunk.length, at + total - this.#arrived);
    this.#keep(chunk, at, end);
    if (this.#arrived === total) this.#handOutSplit(total, onFrame);
    return end;
  }

  #handOutSplit(total: number, onFrame: (frame: ReceivedFrame) => void): void {
    this.#arrived = 0;
    this.#slot.chunk = {};
    onFrame(this.#checkedFrame(this.#split, 0, total));
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

  /** Judges a header by the bytes of it that are there, so that what cannot be right is not waited for. */
  #checkStart(bytes: Uint8Array, at: number, there: number): void {
    if (there >= 4 && !this.#checksums) this.#checkedLength(bytes, at);
    if (there >= FORM_BYTES) this.#checkForm(bytes, at);
  }

  /** The length of a frame whose header is there and right. */
  #checkedHeader(bytes: Uint8Array, at: number): number {
    if (this.#checksums) {
      this.#checkForm(bytes, at);
      const headerEnd = at + HEADER_BYTES;
      const written = readUint32(bytes, headerEnd);
      if (checksum(bytes, at, headerEnd) !== written) refuseChecksum("header");
      return this.#checkedLength(bytes, at);
    }
    const length = this.#checkedLength(bytes, at);
    this.#checkForm(bytes, at);
    return length;
  }

  #checkedFrame(bytes: Uint8Array, at: number, end: number): ReceivedFrame {
    const bodyAt = at + this.#headerBytes;
    if (!this.#checksums) return this.#show(bytes, at, bodyAt, end);
    const bodyEnd = end - CHECKSUM_BYTES;
    const ofHeader = readUint32(bytes, bodyAt - CHECKSUM_BYTES);
    const written = readUint32(bytes, bodyEnd);
    if (checksum(bytes, bodyAt, bodyEnd, ofHeader) !== written) {
      refuseChecksum("body");
    }
    return this.#show(bytes, at, bodyAt, bodyEnd);
  }

  /** The frame whose header begins at `at`, and whose head and payload fill `headAt` to `end`. */
  #show(
    bytes: Uint8Array,
    at: number,
    headAt: number,
    end: number,
  ): ReceivedFrame {
    const kind = byteAt(bytes, at + 4);
    if (!isFrameKind(kind)) refuseKind(kind);
    const payloadAt = headAt + readUint32(bytes, at + 16);
    if (payloadAt > end) refuseHead(payloadAt - headAt, end - headAt);
    const slot = this.#slot;
    slot.kind = kind;
    slot.flags = byteAt(bytes, at + 5);
    slot.priority = byteAt(bytes, at + 6);
    slot.id = readUint32(bytes, at + 8);
    slot.aux = readUint32(bytes, at + 12);
    slot.bytes = bytes;
    slot.headAt = headAt;
    slot.payloadAt = payloadAt;
    slot.end = end;
    return slot;
  }

  #checkForm(bytes: Uint8Array, at: number): void {
    if (hasChecksums(bytes, at) === this.#checksums) return;
    throw new BusError(
      "unreachable",
      `Cannot read frame as it must have ${
        this.#checksums ? "checksums" : "no checksums"
      }: its header says otherwise`,
    );
  }

  #checkedLength(bytes: Uint8Array, at: number): number {
    const length = readUint32(bytes, at);
    const least = this.#checksums
      ? COUNTED_HEADER_BYTES + FRAME_CHECKSUM_BYTES
      : COUNTED_HEADER_BYTES;
    if (length > this.maxFrameBytes) {
      throw new BusError(
        "protocol",
        `Cannot read frame as its length must be at most maxFrameBytes, ${this.maxFrameBytes}: its header says ${length}`,
      );
    }
    if (length < least) {
      throw new BusError(
        "protocol",
        `Cannot read frame as its length must be at least ${least}: its header says ${length}`,
      );
    }
    return length;
  }
}

function hasChecksums(bytes: Uint8Array, at: number): boolean {
  return (byteAt(bytes, at + FORM_BYTES - 1) & FrameForm.checksummed) !== 0;
}

/** No fault of the peer's: what it sent is not what arrived, and it may send it again. */
function refuseChecksum(part: string): never {
  throw new BusError(
    "unreachable",
    `Cannot read frame as its ${part} must have the checksum that was sent with it: bits were turned over on the way`,
  );
}

function refuseHead(headBytes: number, bodyBytes: number): never {
  throw new BusError(
    "protocol",
    `Cannot read frame as its head must fit into it: ${headBytes} bytes of ${bodyBytes}`,
  );
}

function refuseKind(kind: number): never {
  throw new BusError(
    "protocol",
    `Cannot read frame as its kind must be known to version 1: its header says ${kind}`,
  );
}
