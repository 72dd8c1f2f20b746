import { copyBytes } from "./copy_bytes.ts";
import { EnvelopeEncoder, type EnvelopeFields } from "./envelope.ts";
import { NO_BYTES } from "./frame.ts";
import { PayloadEncoder } from "./payload.ts";
import { UsualHead } from "./usual_head.ts";

const ENCODER = new TextEncoder();
/** Largest head and payload together that are encoded as one text, in bytes. */
const MOST_JOINED = 4_096;

/**
 * Encodes one message after the other into the same buffers. A head and a JSON
 * payload that are ASCII alone, as nearly all are, are encoded as one text: the
 * built-in encoder is called once, and what it wrote is copied at once.
 */
export class MessageEncoder {
  /** How many bytes the head takes. */
  headBytes = 0;
  /** How many bytes the payload takes. */
  payloadBytes = 0;
  readonly #usual = new UsualHead();
  readonly #envelopes = new EnvelopeEncoder();
  readonly #payloads = new PayloadEncoder();
  readonly #joined = new Uint8Array(MOST_JOINED);
  /** Whether the last message was ASCII alone, as the next one will be, mostly. */
  #wasAscii = true;
  #isJoined = false;
  #payload: Uint8Array = NO_BYTES;

  /**
   * Encodes a message with the text of a JSON value; it holds until the next one.
   *
   * @throws {BusError} With code `"invalid_message"` if the envelope takes more
   * than 65,536 bytes.
   */
  encode(head: EnvelopeFields, json: string): void {
    const texts = this.#usual.textOf(head);
    if (texts !== undefined && this.#wasAscii && this.#join(texts, json)) {
      return;
    }
    this.payloadBytes = this.#payloads.writeText(json);
    this.#setApart(head, this.#payloads.bytes);
    if (texts === undefined) return;
    this.#wasAscii = this.payloadBytes === json.length &&
      this.headBytes === texts.length;
  }

  /**
   * Encodes a message whose payload is there as bytes; they are not copied.
   *
   * @throws {BusError} As {@linkcode MessageEncoder.encode} does.
   */
  encodeBytes(head: EnvelopeFields, payload: Uint8Array): void {
    this.payloadBytes = payload.length;
    this.#setApart(head, payload);
  }

  /** Writes head and payload, one behind the other. */
  writeBody(target: Uint8Array, offset: number): void {
    const { headBytes, payloadBytes } = this;
    if (this.#isJoined) {
      copyBytes(this.#joined, headBytes + payloadBytes, target, offset);
    } else {
      copyBytes(this.#envelopes.bytes, headBytes, target, offset);
      copyBytes(this.#payload, payloadBytes, target, offset + headBytes);
    }
  }

  /** Lets go of the payload, which may be large. */
  clear(): void {
    this.#payload = NO_BYTES;
    this.#payloads.clear();
  }

  #setApart(head: EnvelopeFields, payload: Uint8Array): void {
    this.headBytes = this.#envelopes.write(head);
    this.#payload = payload;
    this.#isJoined = false;
  }

  /** @returns Whether they fit, and are ASCII alone: every character takes one byte. */
  #join(head: string, json: string): boolean {
    const text = head + json;
    if (text.length > MOST_JOINED) return false;
    const { read, written } = ENCODER.encodeInto(text, this.#joined);
    this.headBytes = head.length;
    this.payloadBytes = json.length;
    this.#isJoined = true;
    return read === text.length && written === text.length;
  }
}
