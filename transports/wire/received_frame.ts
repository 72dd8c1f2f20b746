import { type Frame, FrameKind, NO_BYTES } from "./frame.ts";

/**
 * A frame that has arrived. It is used again for the next one, and lies in a
 * buffer that is: what it says holds only during the call that it is handed to.
 */
export interface ReceivedFrame extends Frame {
  /** The buffer that it lies in. */
  readonly bytes: Uint8Array;
  /** Frames with the same one lie in the same buffer, which has not changed meanwhile. */
  readonly chunk: object;
  /** Where its head begins in the buffer. */
  readonly headAt: number;
  /** Where its payload begins, which is where its head ends. */
  readonly payloadAt: number;
  /** Where its payload ends. */
  readonly end: number;
}

const NO_CHUNK = {};

/** The one {@linkcode ReceivedFrame} of a decoder. Makes views of bytes only for who asks. */
export class FrameSlot implements ReceivedFrame {
  kind: FrameKind = FrameKind.ping;
  flags = 0;
  priority = 0;
  id = 0;
  aux = 0;
  bytes: Uint8Array = NO_BYTES;
  chunk: object = NO_CHUNK;
  headAt = 0;
  payloadAt = 0;
  end = 0;

  get headBytes(): number {
    return this.payloadAt - this.headAt;
  }

  get payloadBytes(): number {
    return this.end - this.payloadAt;
  }

  get head(): Uint8Array {
    const { headAt, payloadAt } = this;
    if (headAt === payloadAt) return NO_BYTES;
    return this.bytes.subarray(headAt, payloadAt);
  }

  get payload(): Uint8Array {
    const { payloadAt, end } = this;
    if (payloadAt === end) return NO_BYTES;
    return this.bytes.subarray(payloadAt, end);
  }

  writeBody(target: Uint8Array, offset: number): void {
    target.set(this.bytes.subarray(this.headAt, this.end), offset);
  }

  /** Lets go of the buffer. */
  clear(): void {
    this.bytes = NO_BYTES;
    this.headAt = this.payloadAt = this.end = 0;
  }
}
