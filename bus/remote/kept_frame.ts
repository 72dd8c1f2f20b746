import type {
  FrameKind,
  OutgoingFrame,
  Slab,
} from "../../transports/transport.ts";

/** A copy of a frame in bytes of its own: for one that has to wait, or may have to be sent again. */
export class KeptFrame implements OutgoingFrame {
  /** What it is for. */
  readonly kind: FrameKind;
  /** Bits of what it is. */
  readonly flags: number;
  /** Urgency of the message it carries. */
  readonly priority: number;
  /** Which operation it is. */
  readonly id: number;
  /** A second number whose meaning the kind gives. */
  readonly aux: number;
  /** Bytes of the head. */
  readonly headBytes: number;
  /** Bytes of the payload. */
  readonly payloadBytes: number;
  readonly #block: Uint8Array;
  readonly #at: number;

  /** A copy that is kept in `slab`; `sent` may be changed afterwards. */
  constructor(sent: OutgoingFrame, slab: Slab) {
    this.kind = sent.kind;
    this.flags = sent.flags;
    this.priority = sent.priority;
    this.id = sent.id;
    this.aux = sent.aux;
    this.headBytes = sent.headBytes;
    this.payloadBytes = sent.payloadBytes;
    this.#at = slab.reserve(sent.headBytes + sent.payloadBytes);
    this.#block = slab.block;
    sent.writeBody(this.#block, this.#at);
  }

  /** Writes head and payload. */
  writeBody(target: Uint8Array, offset: number): void {
    const end = this.#at + this.headBytes + this.payloadBytes;
    target.set(this.#block.subarray(this.#at, end), offset);
  }
}
