import type { Message } from "../../core/message.ts";
import {
  decodePayload,
  EnvelopeReader,
  FrameFlag,
  type ReceivedFrame,
} from "../../transports/transport.ts";
import { KnownTexts } from "./known_texts.ts";

/**
 * Reads the messages that a bus hands out, each straight from the bytes that
 * its frame lies in: it is parsed before they are read over, so none is copied.
 */
export class MessageReader {
  /** Why the payload of the last message could not be read; its message has none then. */
  failure: { readonly error: unknown } | undefined;
  readonly #head = new EnvelopeReader(new KnownTexts(() => true));

  /**
   * The message that a frame carries. That its payload cannot be read is said by
   * {@linkcode MessageReader.failure}.
   *
   * @throws {BusError} With code `"protocol"` if its envelope cannot be read.
   */
  read(frame: ReceivedFrame): Message {
    const { flags, priority, bytes, headAt, payloadAt } = frame;
    const head = this.#head.read(bytes, headAt, payloadAt);
    const { id = "", sender = "", timestamp = 0, attempt = 1 } = head;
    // One shape for every message, so that handlers see what engines like best.
    return {
      id,
      type: head.type,
      sender,
      recipient: head.recipient,
      topic: head.topic,
      requestId: head.requestId,
      correlationId: head.correlationId,
      payload: this.#payloadOf(frame),
      priority,
      timestamp,
      ttlMs: head.ttlMs,
      attempt,
      requiresAck: (flags & FrameFlag.requiresAck) !== 0,
      headers: head.headers,
    };
  }

  #payloadOf({ flags, bytes, payloadAt, end }: ReceivedFrame): unknown {
    this.failure = undefined;
    try {
      const isBinary = (flags & FrameFlag.binary) !== 0;
      return decodePayload(bytes, isBinary, payloadAt, end);
    } catch (error) {
      this.failure = { error };
      return undefined;
    }
  }
}
