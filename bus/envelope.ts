import type { Message } from "../core/message.ts";
import {
  decodePayload,
  encodePayload,
  type Payload,
} from "../transports/transport.ts";
import type { Body } from "./consumer.ts";
import { wordsOfText } from "./id_words.ts";

/** A payload of so many bytes is read in less time than it takes to put that off. */
const READ_AT_ONCE_BYTES = 1_024;

/** What is known of a message before its payload is looked at. */
export type MessageHead = Omit<Message, "payload" | "attempt">;

/**
 * A message on its way: its head, and its payload as a value, as the bytes it
 * came in, or both. What comes over a connection and leaves over one is never
 * parsed; what stays in this process is never encoded.
 */
export interface Envelope {
  /** Everything but the payload. */
  readonly head: MessageHead;
  /** Size of the payload, as accounts keep it. */
  readonly bytes: number;
  /**
   * The message, as a handler sees it on its first attempt. One that is there as
   * bytes is read from them each time, and not kept: it takes several times as
   * much as they do, and the history has thousands.
   *
   * @throws {BusError} With code `"invalid_message"` if the payload came over a
   * connection and is not what it says.
   */
  readonly message: Message;
  /** Whether the message is there, and need not be read. */
  readonly isRead: boolean;
  /** The payload, as it is there. */
  readonly body: Body;
  /** The payload in the bytes a connection carries. */
  encoded(): Payload;
  /** The same payload under a head that differs in the given fields. */
  with(changes: Partial<MessageHead>): Envelope;
  /** Reads its id as four numbers. @returns Whether it has any, as UUIDs in lower case do. */
  readId(words: Uint32Array): boolean;
  /** The same with another time of accept, as long as nobody but its sender has it. */
  stamped(timestamp: number): Envelope;
}

/** The message on the given attempt. */
export function onAttempt({ message }: Envelope, attempt: number): Message {
  return attempt === 1 ? message : { ...message, attempt };
}

/**
 * The message for a person to look at, also when its payload cannot be read.
 * A larger payload is not read from its bytes before somebody looks at it: of a
 * thousand messages that are counted or listed, mostly nobody does.
 */
export function forDisplay(envelope: Envelope, attempt = 1): Message {
  if (envelope.isRead) return onAttempt(envelope, attempt);
  if (envelope.bytes > READ_AT_ONCE_BYTES) return readLate(envelope, attempt);
  return toMessage(envelope.head, readableOf(envelope), attempt);
}

/** Its payload; the bytes themselves, where they are not what they say. */
function readableOf(envelope: Envelope): unknown {
  const { bytes, binary } = envelope.encoded();
  try {
    return decodePayload(bytes, binary);
  } catch {
    return bytes;
  }
}

/** A message that reads its payload once, when it is first asked for it. */
function readLate(envelope: Envelope, attempt: number): Message {
  let read: { payload: unknown } | undefined;
  const { payload: _, ...rest } = toMessage(envelope.head, undefined, attempt);
  return {
    ...rest,
    get payload(): unknown {
      read ??= { payload: readableOf(envelope) };
      return read.payload;
    },
  };
}

/** A message whose head is there as fields. */
export class WholeEnvelope implements Envelope {
  /** Everything but the payload. */
  readonly head: MessageHead;
  /** Size of the payload, as accounts keep it. */
  readonly bytes: number;
  readonly #message: Message | undefined;
  #payload: Payload | undefined;

  private constructor(
    head: MessageHead,
    bytes: number,
    message: Message | undefined,
    payload: Payload | undefined,
  ) {
    this.head = head;
    this.bytes = bytes;
    this.#message = message;
    this.#payload = payload;
  }

  /** A message that began in this process: whole, and its own head. */
  static ofMessage(message: Message, bytes: number): WholeEnvelope {
    return new WholeEnvelope(message, bytes, message, undefined);
  }

  /** The same of a head and a payload apart. */
  static ofValue(
    head: MessageHead,
    payload: unknown,
    bytes: number,
  ): WholeEnvelope {
    return WholeEnvelope.ofMessage(toMessage(head, payload, 1), bytes);
  }

  /** A message that came over a connection. */
  static ofBytes(head: MessageHead, payload: Payload): WholeEnvelope {
    const { byteLength } = payload.bytes;
    return new WholeEnvelope(head, byteLength, undefined, payload);
  }

  /** The message, as a handler sees it on its first attempt. */
  get message(): Message {
    if (this.#message) return this.#message;
    const { bytes, binary } = this.encoded();
    return toMessage(this.head, decodePayload(bytes, binary), 1);
  }

  /** Whether it began in this process. */
  get isRead(): boolean {
    return this.#message !== undefined;
  }

  /** The payload as a value; or as bytes, where it came so or had to be encoded before. */
  get body(): Body {
    const { bytes } = this;
    if (this.#payload) return { encoded: this.#payload };
    return { value: this.#message?.payload, bytes };
  }

  /** The payload in the bytes a connection carries: encoded once, and kept. */
  encoded(): Payload {
    this.#payload ??= encodePayload(this.#message?.payload);
    return this.#payload;
  }

  /** The same payload under a head that differs in the given fields. */
  with(changes: Partial<MessageHead>): WholeEnvelope {
    const { bytes } = this;
    const payload = this.#payload;
    if (!this.#message) {
      const head = { ...this.head, ...changes };
      return new WholeEnvelope(head, bytes, undefined, payload);
    }
    const message = { ...this.#message, ...changes };
    return new WholeEnvelope(message, bytes, message, payload);
  }

  /** Reads its id as four numbers. */
  readId(words: Uint32Array): boolean {
    return wordsOfText(this.head.id, words);
  }

  /** The same with another time of accept. */
  stamped(timestamp: number): WholeEnvelope {
    return this.with({ timestamp });
  }
}

/** One shape for every message, so that handlers see what engines like best. */
export function toMessage(
  head: MessageHead,
  payload: unknown,
  attempt: number,
): Message {
  return {
    id: head.id,
    type: head.type,
    sender: head.sender,
    recipient: head.recipient,
    topic: head.topic,
    requestId: head.requestId,
    correlationId: head.correlationId,
    payload,
    priority: head.priority,
    timestamp: head.timestamp,
    ttlMs: head.ttlMs,
    attempt,
    requiresAck: head.requiresAck,
    headers: head.headers,
  };
}
