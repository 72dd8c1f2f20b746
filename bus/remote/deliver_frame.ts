import {
  type EnvelopeEncoder,
  FrameFlag,
  FrameKind,
  HeadTag,
  type OutgoingFrame,
} from "../../transports/transport.ts";
import type { Envelope } from "../envelope.ts";
import type { Lease } from "../lease.ts";
import { HeadFront, NUMBER_BYTES } from "./head_front.ts";
import { ReceivedEnvelope } from "./received_envelope.ts";

const NO_BYTES = new Uint8Array(0);

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
  readonly #front = new HeadFront();
  #envelope: Envelope | undefined;
  #attempt = 1;
  #head: Uint8Array = NO_BYTES;
  #payload: Uint8Array = NO_BYTES;

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
    const { priority, requiresAck } = envelope.head;
    this.#envelope = envelope;
    this.#attempt = attempt;
    this.id = number;
    this.aux = consumer;
    this.priority = priority;
    let binary: boolean;
    if (envelope instanceof ReceivedEnvelope) {
      binary = envelope.binary;
      this.headBytes = this.#front.bytesOf(envelope) + NUMBER_BYTES +
        envelope.headBytes;
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
      const front = this.#front;
      const at = front.write(this.#envelope, target, offset);
      const { attempt } = HeadTag;
      const end = front.writeNumber(attempt, this.#attempt, target, at);
      this.#envelope.writeTo(target, end);
    } else {
      target.set(this.#head, offset);
      target.set(this.#payload, offset + this.#head.length);
    }
  }

  /** Lets go of the message. */
  clear(): void {
    this.#envelope = undefined;
    this.#head = this.#payload = NO_BYTES;
  }

  #encode(envelope: Envelope, attempt: number): boolean {
    const { bytes, binary } = envelope.encoded();
    this.#payload = bytes;
    this.#head = this.#envelopes.encode({ ...envelope.head, attempt });
    this.headBytes = this.#head.length;
    this.payloadBytes = bytes.length;
    return binary;
  }
}
