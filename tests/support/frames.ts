import fc from "fast-check";
import type {
  Connection,
  Frame,
  OutgoingFrame,
  ReceivedFrame,
} from "../../transports/transport.ts";
import {
  frame,
  frameBytes,
  FrameKind,
  HEADER_BYTES,
} from "../../transports/transport.ts";
import { writeFrame } from "../../transports/wire/frame.ts";
import { FrameSlot } from "../../transports/wire/received_frame.ts";

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const byte = fc.integer({ min: 0, max: 255 });

/** Any frame with a head and payload of up to a few hundred bytes. */
export const anyFrame: fc.Arbitrary<Frame> = fc.record({
  kind: fc.constantFrom(...Object.values(FrameKind)),
  flags: byte,
  priority: byte,
  id: uint32,
  aux: uint32,
  head: fc.uint8Array({ maxLength: 60 }),
  payload: fc.uint8Array({ maxLength: 300 }),
}).map(({ kind, ...fields }) => frame(kind, fields));

/** The bytes of frames, one behind the other. */
export function encodeFrames(
  frames: readonly Frame[],
  checksums = false,
): Uint8Array {
  const bytes = new Uint8Array(
    frames.reduce((sum, each) => sum + frameBytes(each, checksums), 0),
  );
  let at = 0;
  for (const each of frames) at = writeFrame(each, bytes, at, checksums);
  return bytes;
}

/** The same frame on memory of its own, to be compared and kept. */
export function copyFrame(original: Frame): Frame {
  return frame(original.kind, {
    ...original,
    head: new Uint8Array(original.head),
    payload: new Uint8Array(original.payload),
  });
}

/** A frame as it arrives, alone, which holds until something is read into its bytes. */
export function receivedFrame(sent: OutgoingFrame): ReceivedFrame {
  const bytes = new Uint8Array(frameBytes(sent));
  writeFrame(sent, bytes, 0);
  const slot = new FrameSlot();
  const { kind, flags, priority, id, aux, headBytes } = sent;
  return Object.assign(slot, { kind, flags, priority, id, aux, bytes }, {
    chunk: {},
    headAt: HEADER_BYTES,
    payloadAt: HEADER_BYTES + headBytes,
    end: bytes.length,
  });
}

/** A frame that is sent, as it is read. */
export function decodeOne(sent: OutgoingFrame): Frame {
  return copyFrame(receivedFrame(sent));
}

/** Cuts bytes at the given places; those beyond the end cut nothing. */
export function cut(
  bytes: Uint8Array,
  places: readonly number[],
): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let from = 0;
  for (const to of [...places].sort((a, b) => a - b)) {
    const end = Math.min(to, bytes.length);
    chunks.push(bytes.slice(from, end));
    from = end;
  }
  chunks.push(bytes.slice(from));
  return chunks;
}

/** A connection whose other end the test holds: what is written waits to be taken. */
export class HeldConnection implements Connection {
  readonly remote = "held:";
  /** What was written and is not taken, a copy of each write. */
  readonly writes: Uint8Array[] = [];
  /** Whether it was closed. */
  closed = false;
  #taken: PromiseWithResolvers<void> | undefined;
  #reading: ((chunk: Uint8Array | null) => void) | undefined;
  readonly #chunks: (Uint8Array | null)[] = [];

  /** Resolves once {@linkcode HeldConnection.take} was called. */
  write(bytes: Uint8Array): Promise<void> {
    this.writes.push(bytes.slice());
    this.#taken = Promise.withResolvers<void>();
    return this.#taken.promise;
  }

  /** Takes the write that waits. */
  take(): void {
    this.#taken?.resolve();
  }

  /** Breaks the write that waits. */
  breakWrite(error: Error): void {
    this.#taken?.reject(error);
  }

  /** Whether everything that was given has been read. */
  get isWaited(): boolean {
    return this.#reading !== undefined;
  }

  /** Lets the other end send bytes, or end the stream. */
  give(chunk: Uint8Array | null): void {
    if (this.#reading) this.#reading(chunk);
    else this.#chunks.push(chunk);
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    if (this.closed) return null;
    const chunk = this.#chunks.length > 0
      ? this.#chunks.shift() ?? null
      : await this.#next();
    if (chunk === null) return null;
    buffer.set(chunk);
    return chunk.length;
  }

  close(): Promise<void> {
    this.closed = true;
    this.#reading?.(null);
    this.#taken?.reject(new Error("closed"));
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #next(): Promise<Uint8Array | null> {
    return new Promise((resolve) => {
      this.#reading = (chunk) => {
        this.#reading = undefined;
        resolve(chunk);
      };
    });
  }
}
