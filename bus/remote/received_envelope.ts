import type { Message, MessageType } from "../../core/message.ts";
import {
  decodePayload,
  HeadTag,
  type Payload,
  readText,
} from "../../transports/transport.ts";
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

/** What is known of a message whose head and payload are kept as they came. */
export interface ReceivedInit {
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
  /** When it came, by the wall clock. */
  readonly timestamp: number;
  /** Its time to live. */
  readonly ttlMs: number | undefined;
  /** Whether it is delivered at least once. */
  readonly requiresAck: boolean;
  /** Where it lies, its payload behind its head. */
  readonly block: Uint8Array;
  /** From where on. */
  readonly at: number;
  /** Bytes of its head. */
  readonly headBytes: number;
  /** Bytes of its payload. */
  readonly payloadBytes: number;
  /** Whether the payload is bytes, and not JSON. */
  readonly binary: boolean;
  /** Where the id begins in the head. */
  readonly idAt: number;
  /** Where the id of the request begins; -1 without one. */
  readonly requestIdAt: number;
  /** Likewise of the conversation. */
  readonly correlationIdAt: number;
}

/**
 * A message in the bytes in which it came over a connection, and its own head.
 * It goes on as it came; what of it is text becomes a string only when somebody
 * asks: mostly nobody does.
 */
export class ReceivedEnvelope implements Envelope, MessageHead {
  /** The agent that sent it. */
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
  /** Bytes of its payload. */
  readonly bytes: number;
  /** Bytes of its head. */
  readonly headBytes: number;
  /** Whether the payload is bytes, and not JSON. */
  readonly binary: boolean;
  readonly #block: Uint8Array;
  readonly #at: number;
  readonly #idAt: number;
  readonly #requestIdAt: number;
  readonly #correlationIdAt: number;
  #timestamp: number;
  #id: string | undefined;
  #message: Message | undefined;

  /** A message that nobody has looked at. */
  constructor(init: ReceivedInit) {
    this.sender = init.sender;
    this.type = init.type;
    this.recipient = init.recipient;
    this.topic = init.topic;
    this.priority = init.priority;
    this.ttlMs = init.ttlMs;
    this.requiresAck = init.requiresAck;
    this.bytes = init.payloadBytes;
    this.headBytes = init.headBytes;
    this.binary = init.binary;
    this.#block = init.block;
    this.#at = init.at;
    this.#idAt = init.idAt;
    this.#requestIdAt = init.requestIdAt;
    this.#correlationIdAt = init.correlationIdAt;
    this.#timestamp = init.timestamp;
  }

  /** Itself. */
  get head(): MessageHead {
    return this;
  }

  /** When the bus accepted it. */
  get timestamp(): number {
    return this.#timestamp;
  }

  /** Its id. */
  get id(): string {
    this.#id ??= this.#text(this.#idAt, ID_BYTES);
    return this.#id;
  }

  /** Joins a response to its request; of a request its id, unless it says another. */
  get requestId(): string | undefined {
    return this.#field(this.#requestIdAt);
  }

  /** The conversation it belongs to; a request begins one, unless it joins another. */
  get correlationId(): string | undefined {
    return this.#field(this.#correlationIdAt);
  }

  /** Bytes of the fields that a request has and does not say: its id, once more. */
  get impliedBytes(): number {
    if (this.type !== "request") return 0;
    return (this.#requestIdAt < 0 ? FIELD_BYTES + ID_BYTES : 0) +
      (this.#correlationIdAt < 0 ? FIELD_BYTES + ID_BYTES : 0);
  }

  /** Writes those fields. @returns Where they end. */
  writeImplied(target: Uint8Array, offset: number): number {
    if (this.type !== "request") return offset;
    let at = offset;
    if (this.#requestIdAt < 0) {
      at = this.#writeId(HeadTag.requestId, target, at);
    }
    if (this.#correlationIdAt < 0) {
      at = this.#writeId(HeadTag.correlationId, target, at);
    }
    return at;
  }

  /** The message. */
  get message(): Message {
    if (!this.#message) {
      const { bytes, binary } = this.encoded();
      this.#message = toMessage(this, decodePayload(bytes, binary), 1);
    }
    return this.#message;
  }

  /** The payload as it came. */
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
    return wordsOfBytes(this.#block, this.#at + this.#idAt, words);
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
    const start = this.#at + this.#idAt;
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
