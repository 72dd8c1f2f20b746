import {
  FrameFlag,
  FrameKind,
  type OutgoingFrame,
} from "../../transports/transport.ts";
import type { Envelope } from "../envelope.ts";
import type { EnvelopeBytes } from "./envelope_bytes.ts";

/**
 * The frame that hands a reply to its requester, or a piece of one. One is used
 * for a whole connection, as a frame is written the moment it is sent.
 */
export class ReplyFrame implements OutgoingFrame {
  /** Whether it is the whole reply. */
  kind: typeof FrameKind.reply | typeof FrameKind.piece = FrameKind.reply;
  /** Bits of what it is. */
  flags = 0;
  /** Urgency of the reply, which is that of the request. */
  priority = 0;
  /** What the client calls its request. */
  id = 0;
  /** Of no meaning here. */
  readonly aux = 0;
  readonly #bytes: EnvelopeBytes;

  /** Encodes with `bytes`. */
  constructor(bytes: EnvelopeBytes) {
    this.#bytes = bytes;
  }

  /** Bytes of the head. */
  get headBytes(): number {
    return this.#bytes.headBytes;
  }

  /** Bytes of the payload. */
  get payloadBytes(): number {
    return this.#bytes.payloadBytes;
  }

  /**
   * Makes it the frame of a reply, until the next one.
   *
   * @throws {BusError} With code `"invalid_message"` if the payload was changed
   * after it was returned, into something that is no JSON.
   */
  fill(
    kind: typeof FrameKind.reply | typeof FrameKind.piece,
    id: number,
    envelope: Envelope,
  ): this {
    const binary = this.#bytes.take(envelope);
    this.kind = kind;
    this.flags = binary ? FrameFlag.binary : 0;
    this.priority = envelope.head.priority;
    this.id = id;
    return this;
  }

  /** Writes head and payload. */
  writeBody(target: Uint8Array, offset: number): void {
    this.#bytes.writeTo(target, offset);
  }
}
