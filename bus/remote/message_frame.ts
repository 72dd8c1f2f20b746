import { LIMITS } from "../../core/limits.ts";
import {
  DEFAULT_PRIORITY,
  type MessageFields,
} from "../../core/message_check.ts";
import {
  encodePayload,
  type EnvelopeFields,
  FrameFlag,
  FrameKind,
  MessageEncoder,
  type OutgoingFrame,
  type Payload,
} from "../../transports/transport.ts";
import type { Body } from "../consumer.ts";
import { contentOf, encodeContent } from "./envelope_bytes.ts";

/** A message on its way from a client. */
export interface OutgoingMessage {
  /** Its number among the client's operations. */
  readonly operation: number;
  /** The message's id. */
  readonly id: string;
  /** What the user said. */
  readonly fields: MessageFields;
  /** The payload. */
  readonly body: Body;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * The frame of one message after the other, in the same buffers: each is
 * written to its connection, or copied, before the next takes its place.
 */
export class MessageFrame implements OutgoingFrame {
  /** Whether it is a send or a request. */
  kind: FrameKind = FrameKind.send;
  /** Bits of what it is. */
  flags = 0;
  /** Urgency of the message. */
  priority = 0;
  /** The number of the operation. */
  id = 0;
  /** What the kind says it is. */
  aux = 0;
  /** Bytes of the head. */
  headBytes = 0;
  /** Bytes of the payload. */
  payloadBytes = 0;
  readonly #encoder = new MessageEncoder();
  readonly #head: Mutable<EnvelopeFields> = { type: "direct" };

  /**
   * Makes it the frame of a message, until the next one; `flags` are those that
   * the message does not say itself.
   *
   * @throws {BusError} With code `"invalid_message"` if the payload is no JSON
   * value, or the envelope too large.
   */
  fill(
    kind: FrameKind,
    { operation, id, fields, body }: OutgoingMessage,
    aux = 0,
    flags = 0,
  ): this {
    const { priority = DEFAULT_PRIORITY, requiresAck = false } = fields;
    const content = contentOf(body);
    const head = this.#headOf(id, fields);
    const binary = encodeContent(this.#encoder, head, content);
    this.headBytes = this.#encoder.headBytes;
    this.payloadBytes = this.#encoder.payloadBytes;
    this.kind = kind;
    this.id = operation;
    this.aux = aux;
    this.priority = priority;
    this.flags = flags | (binary ? FrameFlag.binary : 0) |
      (requiresAck ? FrameFlag.requiresAck : 0);
    return this;
  }

  /** Writes head and payload. */
  writeBody(target: Uint8Array, offset: number): void {
    this.#encoder.writeBody(target, offset);
  }

  /** Lets go of the payload, which may be large. */
  clear(): void {
    this.#encoder.clear();
  }

  /** What the head says; not who the sender is, as the bus knows that. */
  #headOf(id: string, fields: MessageFields): EnvelopeFields {
    const head = this.#head;
    head.type = fields.type;
    head.id = id;
    head.recipient = fields.recipient;
    head.topic = fields.topic;
    head.requestId = fields.requestId;
    head.correlationId = fields.correlationId;
    head.ttlMs = fields.ttlMs;
    head.deduplicationId = fields.deduplicationId;
    head.headers = fields.headers;
    return head;
  }
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
