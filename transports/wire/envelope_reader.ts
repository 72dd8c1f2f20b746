import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { MESSAGE_TYPES, type MessageType } from "../../core/message.ts";
import { byteAt } from "./byte_at.ts";
import { type EnvelopeFields, FIELD_BYTES } from "./envelope.ts";
import { HeadTag } from "./head_tag.ts";
import { readText } from "./text.ts";

/** Where an {@linkcode EnvelopeReader} has names and topics read, which come again and again. */
export interface TextSource {
  /** The text of the bytes from `start` up to `end`; `undefined` if they are not UTF-8. */
  read(bytes: Uint8Array, start: number, end: number): string | undefined;
}

/** The fields that may stand there once, by their tags. */
const FIELD_NAMES: readonly (string | undefined)[] = [
  undefined,
  "type",
  "id",
  "sender",
  "recipient",
  "topic",
  "requestId",
  "correlationId",
  "timestamp",
  "ttlMs",
  "attempt",
  "deduplicationId",
];
const LAST_SINGLE_TAG = FIELD_NAMES.length - 1;

/**
 * Reads one envelope after the other, and is itself what the last one says: it
 * makes nothing but the texts. Fields that this version does not know are
 * skipped.
 */
export class EnvelopeReader implements EnvelopeFields {
  /** What the message is for. */
  type: MessageType = "direct";
  /** The message's id. */
  id: string | undefined;
  /** The agent that sent it. */
  sender: string | undefined;
  /** The agent it is for. */
  recipient: string | undefined;
  /** What it is about. */
  topic: string | undefined;
  /** Joins a response to its request. */
  requestId: string | undefined;
  /** Joins the messages of one conversation. */
  correlationId: string | undefined;
  /** When the bus accepted it. */
  timestamp: number | undefined;
  /** Time to live. */
  ttlMs: number | undefined;
  /** Which attempt of delivery this is. */
  attempt: number | undefined;
  /** A second send with the same value adds nothing. */
  deduplicationId: string | undefined;
  /** The user's own. */
  headers: Record<string, string> | undefined;
  readonly #names: TextSource | undefined;
  readonly #number = new DataView(new ArrayBuffer(8));
  #headers: [string, string][] | undefined;

  /** Has read nothing yet; names and topics it has `names` read, if they are given. */
  constructor(names?: TextSource) {
    this.#names = names;
  }

  /**
   * Reads the envelope in the bytes from `start` up to `end`.
   *
   * @throws {BusError} With code `"protocol"` if it is cut off, larger than
   * 65,536 bytes, names a field twice, has no type, or holds a text that is not
   * UTF-8. What was read of it means nothing then.
   */
  read(bytes: Uint8Array, start = 0, end = bytes.length): this {
    if (end - start > LIMITS.maxEnvelopeBytes) throw tooLarge(end - start);
    this.#clear();
    let seen = 0;
    for (let at = start; at < end;) {
      const tag = byteAt(bytes, at);
      const from = at + FIELD_BYTES;
      const to = from + readUint16(bytes, at + 1);
      if (to > end) throw cutOff(tag);
      if (tag <= LAST_SINGLE_TAG) {
        if (((seen >>> tag) & 1) !== 0) throw repeated(FIELD_NAMES[tag]);
        // Tag 0 is one of a later version, of which there may be many.
        seen |= (1 << tag) & ~1;
      }
      this.#readField(tag, bytes, from, to);
      at = to;
    }
    if (((seen >>> HeadTag.type) & 1) === 0) {
      throw broken("it must have a type: it has none");
    }
    if (this.#headers) this.headers = collectHeaders(this.#headers);
    return this;
  }

  #clear(): void {
    this.id =
      this.sender =
      this.recipient =
      this.topic =
        undefined;
    this.requestId = this.correlationId = this.deduplicationId = undefined;
    this.timestamp = this.ttlMs = this.attempt = undefined;
    this.headers = this.#headers = undefined;
  }

  #readField(tag: number, bytes: Uint8Array, from: number, to: number): void {
    switch (tag) {
      case HeadTag.type:
        this.type = readType(bytes, from, to);
        return;
      case HeadTag.id:
        this.id = checkedText(bytes, from, to);
        return;
      case HeadTag.sender:
        this.sender = this.#readName(bytes, from, to);
        return;
      case HeadTag.recipient:
        this.recipient = this.#readName(bytes, from, to);
        return;
      case HeadTag.topic:
        this.topic = this.#readName(bytes, from, to);
        return;
      case HeadTag.requestId:
        this.requestId = checkedText(bytes, from, to);
        return;
      case HeadTag.correlationId:
        this.correlationId = checkedText(bytes, from, to);
        return;
      default:
        this.#readOther(tag, bytes, from, to);
    }
  }

  #readOther(tag: number, bytes: Uint8Array, from: number, to: number): void {
    switch (tag) {
      case HeadTag.timestamp:
        this.timestamp = this.#readNumber(bytes, from, to);
        return;
      case HeadTag.ttlMs:
        this.ttlMs = this.#readNumber(bytes, from, to);
        return;
      case HeadTag.attempt:
        this.attempt = this.#readNumber(bytes, from, to);
        return;
      case HeadTag.deduplicationId:
        this.deduplicationId = checkedText(bytes, from, to);
        return;
      case HeadTag.header:
        this.#headers ??= [];
        this.#headers.push(readHeader(bytes, from, to));
    }
  }

  #readName(bytes: Uint8Array, from: number, to: number): string {
    return this.#names?.read(bytes, from, to) ?? checkedText(bytes, from, to);
  }

  #readNumber(bytes: Uint8Array, from: number, to: number): number {
    if (to - from !== 8) {
      throw broken(`its numbers must have 8 bytes: one has ${to - from}`);
    }
    // A view of these bytes would be an object for each number.
    const view = this.#number;
    view.setInt32(0, readInt32(bytes, from));
    view.setInt32(4, readInt32(bytes, from + 4));
    return view.getFloat64(0);
  }
}

function readType(bytes: Uint8Array, from: number, to: number): MessageType {
  const type = to - from === 1 ? MESSAGE_TYPES[byteAt(bytes, from)] : undefined;
  if (type === undefined) {
    throw broken(
      `its type must be one byte from 0 to ${
        MESSAGE_TYPES.length - 1
      }: it is [${bytes.subarray(from, Math.min(to, from + 8))}]`,
    );
  }
  return type;
}

function readHeader(
  bytes: Uint8Array,
  from: number,
  to: number,
): [string, string] {
  const nameAt = from + 2;
  const valueAt = nameAt + readUint16(bytes, from);
  if (valueAt > to) {
    throw broken("its headers must be whole: one ends inside its name");
  }
  return [checkedText(bytes, nameAt, valueAt), checkedText(bytes, valueAt, to)];
}

function collectHeaders(
  pairs: readonly [string, string][],
): Record<string, string> {
  // Not by assignment, which would take `__proto__` for the prototype.
  const headers = Object.fromEntries(pairs);
  if (Object.keys(headers).length < pairs.length) throw repeated("a header");
  return headers;
}

function checkedText(bytes: Uint8Array, from: number, to: number): string {
  try {
    return readText(bytes, from, to);
  } catch (cause) {
    throw broken("its texts must be UTF-8: one is not", cause);
  }
}

function readUint16(bytes: Uint8Array, at: number): number {
  return (byteAt(bytes, at) << 8) | byteAt(bytes, at + 1);
}

function readInt32(bytes: Uint8Array, at: number): number {
  return (readUint16(bytes, at) << 16) | readUint16(bytes, at + 2);
}

function tooLarge(bytes: number): BusError {
  return broken(
    `it must fit into ${LIMITS.maxEnvelopeBytes} bytes: it takes ${bytes}`,
  );
}

function cutOff(tag: number): BusError {
  return broken(`its fields must be whole: it ends inside tag ${tag}`);
}

function repeated(name = "a field"): BusError {
  return broken(`it must name each field once: ${name} stands there twice`);
}

function broken(rule: string, cause?: unknown): BusError {
  return new BusError("protocol", `Cannot read envelope as ${rule}`, { cause });
}
