import type { Message, MessageType } from "../../core/message.ts";
import {
  decodePayload,
  HeadTag,
  type Payload,
  readText,
} from "../../transports/transport.ts";
import type { Body } from "../consumer.ts";
import {
  type Envelope,
  type MessageHead,
  toMessage,
  WholeEnvelope,
} from "../envelope.ts";
import { wordsOfBytes } from "../id_words.ts";

/** Bytes of an id in a head. */
const ID_BYTES = 36;
/** Bytes in front of a field's value: its tag and its length. */
const FIELD_BYTES = 3;

/** What one head after the other says alike, mostly: kept once for all of them. */
export interface SharedHead {
  /** Who sent it. */
  readonly sender: string;
  /** What it is for. */
  readonly type: MessageType;
  /** The agent it is for. */
  readonly recipient: string | undefined;
  /** What it is about. */
  readonly topic: string | undefined;
  /** Its urgency. */
  readonly priority: number;
  /** Its time to live, in milliseconds. */
  readonly ttlMs: number | undefined;
  /** Whether it is delivered at least once. */
  readonly requiresAck: boolean;
  /** Whether the payload is bytes, and not JSON. */
  readonly binary: boolean;
  /** Bytes of the head. */
  readonly headBytes: number;
  /** Where the id begins in the head. */
  readonly idAt: number;
  /** Where the id of the request begins; -1 without one. */
  readonly requestIdAt: number;
  /** Likewise of the conversation. */
  readonly correlationIdAt: number;
}

/** Where a message lies that is kept as it came. */
export interface ReceivedBytes {
  /** The bytes, among others. */
  readonly block: Uint8Array;
  /** Where the head begins; the payload is behind it. */
  readonly at: number;
  /** Bytes of the payload. */
  readonly payloadBytes: number;
}

/**
 * A message in the bytes in which it came over a connection, and its own head.
 * It goes on as it came; what of it is text becomes a string only when somebody
 * asks: mostly nobody does. There may be a million of them: each field counts.
 */
export class ReceivedEnvelope implements Envelope, MessageHead {
  /** Bytes of its payload. */
  readonly bytes: number;
  readonly #shared: SharedHead;
  readonly #block: Uint8Array;
  readonly #at: number;
  #timestamp: number;
  /** Once it was asked for. */
  #id: string | undefined;

  /** A message that nobody has looked at, which came at `timestamp` of the wall clock. */
  constructor(
    shared: SharedHead,
    { block, at, payloadBytes }: ReceivedBytes,
    timestamp: number,
  ) {
    this.bytes = payloadBytes;
    this.#shared = shared;
    this.#block = block;
    this.#at = at;
    this.#timestamp = timestamp;
  }

  /** Itself. */
  get head(): MessageHead {
    return this;
  }

  /** The agent that sent it. */
  get sender(): string {
    return this.#shared.sender;
  }

  /** What it is for. */
  get type(): MessageType {
    return this.#shared.type;
  }

  /** The agent it is for. */
  get recipient(): string | undefined {
    return this.#shared.recipient;
  }

  /** What it is about. */
  get topic(): string | undefined {
    return this.#shared.topic;
  }

  /** Its urgency. */
  get priority(): number {
    return this.#shared.priority;
  }

  /** Its time to live, in milliseconds. */
  get ttlMs(): number | undefined {
    return this.#shared.ttlMs;
  }

  /** Whether it is delivered at least once. */
  get requiresAck(): boolean {
    return this.#shared.requiresAck;
  }

  /** Whether the payload is bytes, and not JSON. */
  get binary(): boolean {
    return this.#shared.binary;
  }

  /** Bytes of its head. */
  get headBytes(): number {
    return this.#shared.headBytes;
  }

  /** When the bus accepted it. */
  get timestamp(): number {
    return this.#timestamp;
  }

  /** Its id. */
  get id(): string {
    this.#id ??= this.#text(this.#shared.idAt, ID_BYTES);
    return this.#id;
  }

  /** Joins a response to its request; of a request its id, unless it says another. */
  get requestId(): string | undefined {
    return this.#field(this.#shared.requestIdAt);
  }

  /** The conversation it belongs to; a request begins one, unless it joins another. */
  get correlationId(): string | undefined {
    return this.#field(this.#shared.correlationIdAt);
  }

  /** Bytes of the fields that a request has and does not say: its id, once more. */
  get impliedBytes(): number {
    const { type, requestIdAt, correlationIdAt } = this.#shared;
    if (type !== "request") return 0;
    return (requestIdAt < 0 ? FIELD_BYTES + ID_BYTES : 0) +
      (correlationIdAt < 0 ? FIELD_BYTES + ID_BYTES : 0);
  }

  /** Writes those fields. @returns Where they end. */
  writeImplied(target: Uint8Array, offset: number): number {
    const { type, requestIdAt, correlationIdAt } = this.#shared;
    if (type !== "request") return offset;
    let at = offset;
    if (requestIdAt < 0) {
      at = this.#writeId(HeadTag.requestId, target, at);
    }
    if (correlationIdAt < 0) {
      at = this.#writeId(HeadTag.correlationId, target, at);
    }
    return at;
  }

  /** The message, read anew from its bytes. */
  get message(): Message {
    const { bytes, binary } = this.encoded();
    return toMessage(this, decodePayload(bytes, binary), 1);
  }

  /** It is read anew each time. */
  get isRead(): boolean {
    return false;
  }

  /** The payload as it came. */
  get body(): Body {
    return { encoded: this.encoded() };
  }

  /** The same. */
  encoded(): Payload {
    const start = this.#at + this.headBytes;
    const bytes = this.#block.subarray(start, start + this.bytes);
    return { bytes, binary: this.binary };
  }

  /** Copies head and payload, as they came, to where they fit. */
  writeTo(target: Uint8Array, offset: number): void {
    const end = this.#at + this.headBytes + this.bytes;
    target.set(this.#block.subarray(this.#at, end), offset);
  }

  /** The same payload under a head that differs in the given fields. */
  with(changes: Partial<MessageHead>): Envelope {
    const { type, sender, recipient, topic, requestId, correlationId } = this;
    const { id, priority, timestamp, ttlMs, requiresAck } = this;
    const head = {
      ...{ id, type, sender, recipient, topic, requestId, correlationId },
      ...{ priority, timestamp, ttlMs, requiresAck },
      ...changes,
    };
    return WholeEnvelope.ofBytes(head, this.encoded());
  }

  /** Reads its id as four numbers. */
  readId(words: Uint32Array): boolean {
    return wordsOfBytes(this.#block, this.#at + this.#shared.idAt, words);
  }

  /** Itself, with another time of accept. */
  stamped(timestamp: number): this {
    this.#timestamp = timestamp;
    return this;
  }

  /** The value of the field whose value begins there: its length stands in front of it. */
  #field(at: number): string | undefined {
    if (at < 0) return this.type === "request" ? this.id : undefined;
    const lengthAt = this.#at + at - 2;
    const high = this.#block[lengthAt] as number;
    const low = this.#block[lengthAt + 1] as number;
    return this.#text(at, (high << 8) | low);
  }

  #writeId(tag: number, target: Uint8Array, offset: number): number {
    target[offset] = tag;
    target[offset + 1] = 0;
    target[offset + 2] = ID_BYTES;
    const start = this.#at + this.#shared.idAt;
    for (let index = 0; index < ID_BYTES; index++) {
      target[offset + FIELD_BYTES + index] = this
        .#block[start + index] as number;
    }
    return offset + FIELD_BYTES + ID_BYTES;
  }

  #text(at: number, bytes: number): string {
    const start = this.#at + at;
    return readText(this.#block, start, start + bytes);
  }
}
