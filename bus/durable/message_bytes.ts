import { BusError } from "../../core/errors.ts";
import {
  copyBytes,
  EnvelopeEncoder,
  type EnvelopeFields,
  EnvelopeReader,
  Slab,
} from "../../transports/transport.ts";
import { type Envelope, type MessageHead, WholeEnvelope } from "../envelope.ts";
import { HeadFront } from "../remote/head_front.ts";
import { KnownTexts } from "../remote/known_texts.ts";
import { ReceivedEnvelope } from "../remote/received_envelope.ts";

/** In front of the head: flags, the priority, and how long the head is. */
const PREFIX_BYTES = 6;
/** Messages are encoded into blocks of this size at most, with room for so many like the first. */
const SLAB_BYTES = 64 * 1024;
const SLAB_MESSAGES = 128;
const BINARY = 1;
const REQUIRES_ACK = 2;
const NULL = new TextEncoder().encode("null");

/**
 * Encodes messages as they are kept: their head as on the wire, their payload as
 * it came. Of one that came over a connection the head is as it came, too,
 * behind what the bus says of it: none of it is made a text.
 */
export class MessageBytes {
  readonly #heads = new EnvelopeEncoder();
  readonly #front = new HeadFront();
  readonly #slab = new Slab(SLAB_BYTES, SLAB_MESSAGES);
  readonly #head = new EnvelopeReader(new KnownTexts(() => true));

  /**
   * A message in the bytes that are kept, to be held until they are.
   *
   * @throws {BusError} With code `"invalid_message"` if its payload was changed
   * after it was sent, into something that is no JSON, or its head is too large.
   */
  encode(envelope: Envelope): Uint8Array {
    if (envelope instanceof ReceivedEnvelope) return this.#copy(envelope);
    const { head } = envelope;
    const headBytes = this.#heads.write(fieldsOf(head));
    const { bytes: payload, binary } = envelope.encoded();
    const length = PREFIX_BYTES + headBytes + payload.length;
    const at = this.#slab.reserve(length);
    const { block } = this.#slab;
    const headAt = writePrefix(block, at, { head, headBytes, binary });
    copyBytes(this.#heads.bytes, headBytes, block, headAt);
    block.set(payload, headAt + headBytes);
    return block.subarray(at, at + length);
  }

  /** The same of a message that need not be sent again: where its payload is no JSON any more, without it. */
  encodeSafely(envelope: Envelope): Uint8Array {
    try {
      return this.encode(envelope);
    } catch {
      return this.encode(
        WholeEnvelope.ofBytes(envelope.head, { bytes: NULL, binary: false }),
      );
    }
  }

  /** One that came over a connection, in the bytes in which it came. */
  #copy(envelope: ReceivedEnvelope): Uint8Array {
    const headBytes = this.#front.bytesOf(envelope) + envelope.headBytes;
    const length = PREFIX_BYTES + headBytes + envelope.bytes;
    const at = this.#slab.reserve(length);
    const { block } = this.#slab;
    const { binary, head } = envelope;
    const headAt = writePrefix(block, at, { head, headBytes, binary });
    const end = this.#front.write(envelope, block, headAt);
    envelope.writeTo(block, end);
    return block.subarray(at, at + length);
  }

  /**
   * The message that was encoded.
   *
   * @throws {BusError} With code `"storage"` if it is none.
   */
  decode(bytes: Uint8Array): WholeEnvelope {
    const { 0: flags = 0, 1: priority = 0 } = bytes;
    const payloadAt = PREFIX_BYTES + headBytesOf(bytes);
    if (payloadAt > bytes.length) throw unreadable("it is cut off");
    const fields = this.#head.read(bytes, PREFIX_BYTES, payloadAt);
    const { id, sender, timestamp } = fields;
    if (id === undefined || sender === undefined || timestamp === undefined) {
      throw unreadable("it has no id, sender or time");
    }
    const head: MessageHead = {
      type: fields.type,
      id,
      sender,
      recipient: fields.recipient,
      topic: fields.topic,
      requestId: fields.requestId,
      correlationId: fields.correlationId,
      priority,
      timestamp,
      ttlMs: fields.ttlMs,
      requiresAck: (flags & REQUIRES_ACK) !== 0,
      headers: fields.headers,
    };
    const payload = bytes.subarray(payloadAt);
    const binary = (flags & BINARY) !== 0;
    return WholeEnvelope.ofBytes(head, { bytes: payload, binary });
  }
}

/** Says in front of a head what does not stand in it. @returns Where the head begins. */
function writePrefix(
  target: Uint8Array,
  at: number,
  { head, headBytes, binary }: {
    head: MessageHead;
    headBytes: number;
    binary: boolean;
  },
): number {
  target[at] = (binary ? BINARY : 0) | (head.requiresAck ? REQUIRES_ACK : 0);
  target[at + 1] = head.priority;
  target[at + 2] = headBytes >>> 24;
  target[at + 3] = headBytes >>> 16;
  target[at + 4] = headBytes >>> 8;
  target[at + 5] = headBytes;
  return at + PREFIX_BYTES;
}

/** How long the head is; more than there is where that is not said. */
function headBytesOf(bytes: Uint8Array): number {
  const { 2: first, 3: second = 0, 4: third = 0, 5: last } = bytes;
  if (first === undefined || last === undefined) return Infinity;
  return first * 2 ** 24 + (second << 16 | third << 8 | last);
}

function fieldsOf(head: MessageHead): EnvelopeFields {
  const { type, id, sender, recipient, topic, requestId, correlationId } = head;
  const { timestamp, ttlMs, headers } = head;
  const names = { type, id, sender, recipient, topic };
  return { ...names, requestId, correlationId, timestamp, ttlMs, headers };
}

function unreadable(problem: string): BusError {
  return new BusError(
    "storage",
    `Cannot read kept message as it is not what a bus writes: ${problem}`,
  );
}
