import {
  type EnvelopeFields,
  jsonOf,
  MessageEncoder,
  type Payload,
} from "../../transports/transport.ts";
import type { Body } from "../consumer.ts";
import type { Envelope, MessageHead } from "../envelope.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * One message after the other in the bytes of a frame's body, in the same
 * buffers: for those that do not leave as they came. Each is written before the
 * next takes its place, so one serves all connections.
 */
export class EnvelopeBytes {
  readonly #encoder = new MessageEncoder();
  readonly #head: Mutable<EnvelopeFields> = { type: "direct" };

  /** Bytes of the head. */
  get headBytes(): number {
    return this.#encoder.headBytes;
  }

  /** Bytes of the payload. */
  get payloadBytes(): number {
    return this.#encoder.payloadBytes;
  }

  /**
   * Encodes a message, until the next one; on which attempt it is, only its
   * delivery says.
   *
   * @returns Whether the payload is bytes, and not JSON.
   * @throws {BusError} With code `"invalid_message"` if the payload was changed
   * after it was sent, into something that is no JSON.
   */
  take(envelope: Envelope, attempt?: number): boolean {
    // What several may get is encoded once for all of them, and kept.
    const content = envelope.head.recipient === undefined
      ? envelope.encoded()
      : contentOf(envelope.body);
    const head = this.#headOf(envelope.head, attempt);
    return encodeContent(this.#encoder, head, content);
  }

  /** Writes head and payload, one behind the other. */
  writeTo(target: Uint8Array, offset: number): void {
    this.#encoder.writeBody(target, offset);
  }

  /** Lets go of the payload, which may be large. */
  clear(): void {
    this.#encoder.clear();
  }

  #headOf(said: MessageHead, attempt: number | undefined): EnvelopeFields {
    const head = this.#head;
    head.type = said.type;
    head.id = said.id;
    head.sender = said.sender;
    head.recipient = said.recipient;
    head.topic = said.topic;
    head.requestId = said.requestId;
    head.correlationId = said.correlationId;
    head.timestamp = said.timestamp;
    head.ttlMs = said.ttlMs;
    head.headers = said.headers;
    head.attempt = attempt;
    return head;
  }
}

/**
 * What a connection carries of a payload: the text of its JSON, or bytes. Made
 * before anything is written for its message, as a getter of the user's in the
 * payload may send as well.
 *
 * @throws {BusError} With code `"invalid_message"` if it is no JSON value.
 */
export function contentOf(body: Body): string | Payload {
  if ("encoded" in body) return body.encoded;
  const { value } = body;
  return value instanceof Uint8Array
    ? { bytes: value, binary: true }
    : jsonOf(value);
}

/**
 * Encodes a head, and the content of a payload.
 *
 * @returns Whether the payload is bytes, and not JSON.
 * @throws {BusError} With code `"invalid_message"` if the envelope is too large.
 */
export function encodeContent(
  encoder: MessageEncoder,
  head: EnvelopeFields,
  content: string | Payload,
): boolean {
  if (typeof content === "string") {
    encoder.encode(head, content);
    return false;
  }
  encoder.encodeBytes(head, content.bytes);
  return content.binary;
}
