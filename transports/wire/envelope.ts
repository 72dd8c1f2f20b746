import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { MESSAGE_TYPES, type MessageType } from "../../core/message.ts";
import { HeadTag } from "./head_tag.ts";
import { mostTextBytes, writeText } from "./text.ts";
import { UsualHead } from "./usual_head.ts";

/**
 * What a message's head says of it. Its priority and whether it requires an
 * acknowledgement stand in the frame's header.
 */
export interface EnvelopeFields {
  /** What the message is for. */
  readonly type: MessageType;
  /** The message's id; given by the bus. */
  readonly id?: string;
  /** The agent that sent it; set by the bus, ignored from a client. */
  readonly sender?: string;
  /** The agent it is for. */
  readonly recipient?: string;
  /** What it is about. */
  readonly topic?: string;
  /** Joins a response to its request. */
  readonly requestId?: string;
  /** Joins the messages of one conversation. */
  readonly correlationId?: string;
  /** When the bus accepted it, in milliseconds since the Unix epoch. */
  readonly timestamp?: number;
  /** Time to live, in milliseconds. */
  readonly ttlMs?: number;
  /** Which attempt of delivery this is, from 1 on. */
  readonly attempt?: number;
  /** A second send with the same value adds nothing. */
  readonly deduplicationId?: string;
  /** The user's own, and `traceparent`, `content-type`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Bytes in front of a value: its tag and its length. */
export const FIELD_BYTES = 3;
/** What a {@linkcode UsualHead} takes fits. */
const FIRST_BYTES = 1_024;
/** No text takes less than a third of the most it can take: beyond this, what is written would not fit. */
const MOST_NEEDED_BYTES = 3 * LIMITS.maxEnvelopeBytes;

/** The fields that are texts. */
type TextField =
  | "id"
  | "sender"
  | "recipient"
  | "topic"
  | "requestId"
  | "correlationId"
  | "deduplicationId";

/** Tags of the texts. */
const TEXT_TAGS: readonly (readonly [number, TextField])[] = [
  [HeadTag.id, "id"],
  [HeadTag.sender, "sender"],
  [HeadTag.recipient, "recipient"],
  [HeadTag.topic, "topic"],
  [HeadTag.requestId, "requestId"],
  [HeadTag.correlationId, "correlationId"],
  [HeadTag.deduplicationId, "deduplicationId"],
];

/**
 * Encodes an envelope as the head of a frame. One that is sent at once is
 * cheaper with an {@linkcode EnvelopeEncoder}.
 *
 * @throws {BusError} With code `"invalid_message"` if it takes more than
 * 65,536 bytes.
 */
export function encodeEnvelope(fields: EnvelopeFields): Uint8Array {
  return new EnvelopeEncoder().encode(fields).slice();
}

/** Encodes one envelope after the other into the same buffer. */
export class EnvelopeEncoder {
  readonly #usual = new UsualHead();
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  /** The buffer that {@linkcode EnvelopeEncoder.write} has written to last, from its beginning on. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /**
   * Encodes an envelope; what is returned holds until the next call.
   *
   * @throws {BusError} With code `"invalid_message"` if it takes more than
   * 65,536 bytes.
   */
  encode(fields: EnvelopeFields): Uint8Array {
    const length = this.write(fields);
    return this.#bytes.subarray(0, length);
  }

  /**
   * Encodes an envelope into {@linkcode EnvelopeEncoder.bytes}, where it holds
   * until the next call.
   *
   * @returns How many bytes it takes.
   * @throws {BusError} As {@linkcode EnvelopeEncoder.encode} does.
   */
  write(fields: EnvelopeFields): number {
    this.#shrink();
    this.#putTexts(fields);
    const { timestamp, ttlMs, attempt, headers } = fields;
    if (timestamp !== undefined) this.#putNumber(HeadTag.timestamp, timestamp);
    if (ttlMs !== undefined) this.#putNumber(HeadTag.ttlMs, ttlMs);
    if (attempt !== undefined) this.#putNumber(HeadTag.attempt, attempt);
    if (headers !== undefined) this.#putHeaders(headers);
    // Only now is it known what the texts take.
    if (this.#at > LIMITS.maxEnvelopeBytes) throw tooLarge(this.#at);
    return this.#at;
  }

  #putTexts(fields: EnvelopeFields): void {
    this.#at = this.#usual.write(fields, this.#bytes);
    if (this.#at > 0) return;
    this.#open(HeadTag.type, 1);
    this.#bytes[this.#at++] = MESSAGE_TYPES.indexOf(fields.type);
    for (const [tag, name] of TEXT_TAGS) {
      const value = fields[name];
      if (value !== undefined) this.#putText(tag, value);
    }
  }

  #putText(tag: number, text: string): void {
    this.#open(tag, mostTextBytes(text));
    const start = this.#at;
    this.#at = writeText(text, this.#bytes, start);
    this.#view.setUint16(start - 2, this.#at - start);
  }

  #putNumber(tag: number, value: number): void {
    this.#open(tag, 8);
    this.#view.setFloat64(this.#at, value);
    this.#at += 8;
  }

  #putHeaders(headers: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(headers)) {
      this.#open(
        HeadTag.header,
        2 + mostTextBytes(name) + mostTextBytes(value),
      );
      const start = this.#at;
      const valueAt = writeText(name, this.#bytes, start + 2);
      this.#view.setUint16(start, valueAt - start - 2);
      this.#at = writeText(value, this.#bytes, valueAt);
      this.#view.setUint16(start - 2, this.#at - start);
    }
  }

  /** Begins a field whose value takes at most `mostBytes`, which then fit. */
  #open(tag: number, mostBytes: number): void {
    const needed = this.#at + FIELD_BYTES + mostBytes;
    if (needed > this.#bytes.length) this.#grow(needed);
    this.#bytes[this.#at] = tag;
    this.#view.setUint16(this.#at + 1, mostBytes);
    this.#at += FIELD_BYTES;
  }

  #grow(needed: number): void {
    if (needed > MOST_NEEDED_BYTES) throw tooLarge(Math.ceil(needed / 3));
    const usual = Math.min(LIMITS.maxEnvelopeBytes, needed * 2);
    const grown = new Uint8Array(Math.max(usual, needed));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  /** Begins anew, without a buffer that was for an envelope out of the ordinary. */
  #shrink(): void {
    this.#at = 0;
    if (this.#bytes.length <= LIMITS.maxEnvelopeBytes) return;
    this.#bytes = new Uint8Array(FIRST_BYTES);
    this.#view = new DataView(this.#bytes.buffer);
  }
}

function tooLarge(bytes: number): BusError {
  return new BusError(
    "invalid_message",
    `Cannot encode message as its envelope must fit into ${LIMITS.maxEnvelopeBytes} bytes: it takes ${bytes} or more`,
  );
}
