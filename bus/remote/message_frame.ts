import { LIMITS } from "../../core/limits.ts";
import {
  DEFAULT_PRIORITY,
  type MessageFields,
} from "../../core/message_check.ts";
import {
  encodePayload,
  EnvelopeEncoder,
  type Frame,
  frame,
  FrameFlag,
  type FrameKind,
  type Payload,
  PayloadEncoder,
} from "../../transports/transport.ts";
import type { Body } from "../consumer.ts";

/** A message on its way from a client. */
export interface OutgoingMessage {
  /** Its number among the client's operations. */
  readonly operation: number;
  /** The message's id. */
  readonly id: string;
  /** What the user said. */
  readonly fields: MessageFields;
  /** Whether a reply is taken in pieces. */
  readonly streams?: boolean;
}

/** Makes frames of messages, one after the other in the same buffers. */
export class MessageFramer {
  readonly #envelopes = new EnvelopeEncoder();
  readonly #payloads = new PayloadEncoder();

  /**
   * The frame of a message, which holds until the next call. `aux` is what the
   * kind says it is.
   */
  frame(
    kind: FrameKind,
    { operation, id, fields, streams = false }: OutgoingMessage,
    body: Body,
    aux = 0,
  ): Frame {
    const { bytes, binary } = "encoded" in body
      ? body.encoded
      : this.#payloads.encode(body.value);
    const { priority = DEFAULT_PRIORITY, requiresAck = false } = fields;
    return frame(kind, {
      id: operation,
      aux,
      priority,
      flags: (binary ? FrameFlag.binary : 0) |
        (requiresAck ? FrameFlag.requiresAck : 0) |
        (streams ? FrameFlag.stream : 0),
      // The bus knows who the sender is.
      head: this.#envelopes.encode({ ...fields, id, sender: undefined }),
      payload: bytes,
    });
  }
}

/** The same frame with bytes of its own, for a frame that has to wait. */
export function ownFrame(borrowed: Frame): Frame {
  const { kind, flags, priority, id, aux } = borrowed;
  const head = borrowed.head.slice();
  const payload = borrowed.payload.slice();
  return frame(kind, { flags, priority, id, aux, head, payload });
}

/** The payload of a message or a reply, in the bytes a connection carries. */
export function payloadOf(body: Body): Payload {
  return "encoded" in body ? body.encoded : encodePayload(body.value);
}

/** The beginning of a payload that is too large, and how many bytes it has in all; 0 where it is not. */
export function cutBody(
  body: Body,
  maxMessageBytes: number,
): { body: Body; bytes: number } {
  const { bytes, binary } = payloadOf(body);
  if (bytes.byteLength <= maxMessageBytes) return { body, bytes: 0 };
  const kept = bytes.slice(0, LIMITS.maxKeptBytes);
  const total = Math.min(0xffff_ffff, bytes.byteLength);
  return { body: { encoded: { bytes: kept, binary } }, bytes: total };
}
