import type { Message } from "../core/message.ts";
import {
  decodePayload,
  encodePayload,
  type Payload,
} from "../transports/transport.ts";

/** What is known of a message before its payload is looked at. */
export type MessageHead = Omit<Message, "payload" | "attempt">;

/**
 * A message on its way: its head, and its payload as a value, as the bytes it
 * came in, or both. What comes over a connection and leaves over one is never
 * parsed; what stays in this process is never encoded.
 */
export class Envelope {
  /** Everything but the payload. */
  readonly head: MessageHead;
  /** Size of the payload, as accounts keep it. */
  readonly bytes: number;
  #message: Message | undefined;
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

  /** A message that began in this process. */
  static ofValue(
    head: MessageHead,
    payload: unknown,
    bytes: number,
  ): Envelope {
    return new Envelope(head, bytes, toMessage(head, payload, 1), undefined);
  }

  /** A message that came over a connection. */
  static ofBytes(head: MessageHead, payload: Payload): Envelope {
    return new Envelope(head, payload.bytes.byteLength, undefined, payload);
  }

  /**
   * The message, as a handler sees it on its first attempt.
   *
   * @throws {BusError} With code `"invalid_message"` if the payload came over a
   * connection and is not what it says.
   */
  get message(): Message {
    if (!this.#message) {
      const { bytes, binary } = this.encoded();
      this.#message = toMessage(this.head, decodePayload(bytes, binary), 1);
    }
    return this.#message;
  }

  /** The message on the given attempt. */
  onAttempt(attempt: number): Message {
    const { message } = this;
    return attempt === 1 ? message : { ...message, attempt };
  }

  /** The message for a person to look at, also when its payload cannot be read. */
  forDisplay(attempt = 1): Message {
    try {
      return this.onAttempt(attempt);
    } catch {
      return toMessage(this.head, this.encoded().bytes, attempt);
    }
  }

  /** The payload in the bytes a connection carries. */
  encoded(): Payload {
    this.#payload ??= encodePayload(this.#message?.payload);
    return this.#payload;
  }

  /** The same payload under a head that differs in the given fields. */
  with(changes: Partial<MessageHead>): Envelope {
    const head = { ...this.head, ...changes };
    const message = this.#message && { ...this.#message, ...changes };
    return new Envelope(head, this.bytes, message, this.#payload);
  }
}

// One shape for every message, so that handlers see what engines like best.
function toMessage(
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
