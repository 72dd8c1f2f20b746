import {
  FrameFlag,
  FrameKind,
  HeadTag,
  type OutgoingFrame,
} from "../../transports/transport.ts";
import type { Lease } from "../lease.ts";
import type { EnvelopeBytes } from "./envelope_bytes.ts";
import { HeadFront, NUMBER_BYTES } from "./head_front.ts";
import { ReceivedEnvelope } from "./received_envelope.ts";

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
  readonly #bytes: EnvelopeBytes;
  readonly #front = new HeadFront();
  /** Where it came over a connection. */
  #received: ReceivedEnvelope | undefined;
  #attempt = 1;

  /** Encodes with `bytes` what did not come over a connection. */
  constructor(bytes: EnvelopeBytes) {
    this.#bytes = bytes;
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
    this.#attempt = attempt;
    this.id = number;
    this.aux = consumer;
    this.priority = priority;
    let binary: boolean;
    if (envelope instanceof ReceivedEnvelope) {
      this.#received = envelope;
      binary = envelope.binary;
      this.headBytes = this.#front.bytesOf(envelope) + NUMBER_BYTES +
        envelope.headBytes;
      this.payloadBytes = envelope.bytes;
    } else {
      this.#received = undefined;
      binary = this.#bytes.take(envelope, attempt);
      this.headBytes = this.#bytes.headBytes;
      this.payloadBytes = this.#bytes.payloadBytes;
    }
    this.flags = (binary ? FrameFlag.binary : 0) |
      (requiresAck ? FrameFlag.requiresAck : 0) |
      (lease.redelivered ? FrameFlag.redelivered : 0);
  }

  /** Writes head and payload. */
  writeBody(target: Uint8Array, offset: number): void {
    const received = this.#received;
    if (!received) return this.#bytes.writeTo(target, offset);
    const front = this.#front;
    const at = front.write(received, target, offset);
    const { attempt } = HeadTag;
    const end = front.writeNumber(attempt, this.#attempt, target, at);
    received.writeTo(target, end);
  }

  /** Lets go of the message. */
  clear(): void {
    if (!this.#received) this.#bytes.clear();
    this.#received = undefined;
  }
}
