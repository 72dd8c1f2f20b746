import {
  type EnvelopeEncoder,
  FrameFlag,
  FrameKind,
  HeadTag,
  type OutgoingFrame,
} from "../../transports/transport.ts";
import type { Envelope } from "../envelope.ts";
import type { Lease } from "../lease.ts";
import { ReceivedEnvelope } from "./received_envelope.ts";

/** Bytes of a number in a head: its tag, its length, its value. */
const NUMBER_BYTES = 11;
/** Bytes in front of a field's value: its tag and its length. */
const FIELD_BYTES = 3;
/** Senders whose field is kept in its bytes; beyond that, all are forgotten. */
const MOST_SENDERS = 256;

const ENCODER = new TextEncoder();

/**
 * The frame that hands a message out. One is used for a whole connection, as a
 * frame is written the moment it is sent. A message that came over a connection
 * goes on in the bytes in which it came, behind what the bus says of it.
 */
export class DeliverFrame implements OutgoingFrame {
  /** What it is for. */
  readonly kind: FrameKind = FrameKind.deliver;
  /** Bits of what it is. */
  flags = 0;
  /** Urgency of the message. */
  priority = 0;
  /** The number of the lease. */
  id = 0;
  /** The number of the consumer. */
  aux = 0;
  /** Bytes of the head. */
  headBytes = 0;
  /** Bytes of the payload. */
  payloadBytes = 0;
  readonly #envelopes: EnvelopeEncoder;
  readonly #senders = new Map<string, Uint8Array>();
  readonly #number = new Float64Array(1);
  readonly #numberBytes = new Uint8Array(this.#number.buffer);
  #envelope: Envelope | undefined;
  #attempt = 1;
  #sender: Uint8Array = new Uint8Array(0);
  #head: Uint8Array = new Uint8Array(0);
  #payload: Uint8Array = new Uint8Array(0);

  /** Encodes with `envelopes` what did not come over a connection. */
  constructor(envelopes: EnvelopeEncoder) {
    this.#envelopes = envelopes;
  }

  /**
   * Makes it the frame of a lease, until the next one.
   *
   * @throws {BusError} With code `"invalid_message"` if the payload was changed
   * after it was sent, into something that is no JSON.
   */
  fill(lease: Lease, consumer: number): void {
    const { number, attempt, copy: { envelope } } = lease;
    const { priority, requiresAck, sender } = envelope.head;
    this.#envelope = envelope;
    this.#attempt = attempt;
    this.id = number;
    this.aux = consumer;
    this.priority = priority;
    let binary: boolean;
    if (envelope instanceof ReceivedEnvelope) {
      binary = envelope.binary;
      this.#sender = this.#senderField(sender);
      this.headBytes = this.#sender.length + 2 * NUMBER_BYTES +
        envelope.impliedBytes + envelope.headBytes;
      this.payloadBytes = envelope.bytes;
    } else {
      binary = this.#encode(envelope, attempt);
    }
    this.flags = (binary ? FrameFlag.binary : 0) |
      (requiresAck ? FrameFlag.requiresAck : 0) |
      (lease.redelivered ? FrameFlag.redelivered : 0);
  }

  /** Writes head and payload. */
  writeBody(target: Uint8Array, offset: number): void {
    if (this.#envelope instanceof ReceivedEnvelope) {
      target.set(this.#sender, offset);
      let at = offset + this.#sender.length;
      const { timestamp } = this.#envelope;
      at = this.#writeNumber(HeadTag.timestamp, timestamp, target, at);
      at = this.#writeNumber(HeadTag.attempt, this.#attempt, target, at);
      at = this.#envelope.writeImplied(target, at);
      this.#envelope.writeTo(target, at);
    } else {
      target.set(this.#head, offset);
      target.set(this.#payload, offset + this.#head.length);
    }
  }

  /** Lets go of the message. */
  clear(): void {
    this.#envelope = undefined;
    this.#head = this.#payload = this.#sender;
  }

  #encode(envelope: Envelope, attempt: number): boolean {
    const { bytes, binary } = envelope.encoded();
    this.#payload = bytes;
    this.#head = this.#envelopes.encode({ ...envelope.head, attempt });
    this.headBytes = this.#head.length;
    this.payloadBytes = bytes.length;
    return binary;
  }

  #senderField(sender: string): Uint8Array {
    const known = this.#senders.get(sender);
    if (known) return known;
    const name = ENCODER.encode(sender);
    const field = new Uint8Array(FIELD_BYTES + name.length);
    field.set([HeadTag.sender, name.length >>> 8, name.length & 0xff]);
    field.set(name, FIELD_BYTES);
    if (this.#senders.size >= MOST_SENDERS) this.#senders.clear();
    this.#senders.set(sender, field);
    return field;
  }

  #writeNumber(
    tag: number,
    value: number,
    target: Uint8Array,
    offset: number,
  ): number {
    target[offset] = tag;
    target[offset + 1] = 0;
    target[offset + 2] = 8;
    this.#number[0] = value;
    // The wire has the highest byte first; this machine's processor has it last.
    for (let index = 0; index < 8; index++) {
      target[offset + FIELD_BYTES + index] = this
        .#numberBytes[7 - index] as number;
    }
    return offset + NUMBER_BYTES;
  }
}
