import { HeadTag } from "../../transports/transport.ts";
import type { ReceivedEnvelope } from "./received_envelope.ts";

/** Bytes of a number in a head: its tag, its length, its value. */
export const NUMBER_BYTES = 11;
/** Bytes in front of a field's value: its tag and its length. */
const FIELD_BYTES = 3;
/** Senders whose field is kept in its bytes; beyond that, all are forgotten. */
const MOST_SENDERS = 256;

const ENCODER = new TextEncoder();

/**
 * What the bus says of a message that came over a connection: who sent it and
 * when it was accepted, and of a request the fields that it implies. With that
 * in front, the message goes on in the bytes in which it came.
 */
export class HeadFront {
  readonly #senders = new Map<string, Uint8Array>();
  readonly #number = new Float64Array(1);
  readonly #numberBytes = new Uint8Array(this.#number.buffer);
  #sender = "";
  #field: Uint8Array = new Uint8Array(0);

  /** How many bytes it takes. */
  bytesOf(envelope: ReceivedEnvelope): number {
    return this.#senderField(envelope.sender).length + NUMBER_BYTES +
      envelope.impliedBytes;
  }

  /** Writes it to where it fits. @returns Where it ends. */
  write(
    envelope: ReceivedEnvelope,
    target: Uint8Array,
    offset: number,
  ): number {
    const field = this.#senderField(envelope.sender);
    target.set(field, offset);
    const at = offset + field.length;
    const { timestamp } = envelope;
    const end = this.writeNumber(HeadTag.timestamp, timestamp, target, at);
    return envelope.writeImplied(target, end);
  }

  /** Writes one more field, which takes {@linkcode NUMBER_BYTES}. @returns Where it ends. */
  writeNumber(
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

  #senderField(sender: string): Uint8Array {
    if (sender === this.#sender) return this.#field;
    let field = this.#senders.get(sender);
    if (!field) {
      field = encodeSender(sender);
      if (this.#senders.size >= MOST_SENDERS) this.#senders.clear();
      this.#senders.set(sender, field);
    }
    this.#sender = sender;
    this.#field = field;
    return field;
  }
}

function encodeSender(sender: string): Uint8Array {
  const name = ENCODER.encode(sender);
  const field = new Uint8Array(FIELD_BYTES + name.length);
  field.set([HeadTag.sender, name.length >>> 8, name.length & 0xff]);
  field.set(name, FIELD_BYTES);
  return field;
}
