import type { Clock } from "../core/clock.ts";
import { DEFAULT_PRIORITY, type MessageFields } from "../core/message_check.ts";
import type { Message } from "../core/message.ts";
import type { IdSource } from "../core/random.ts";
import type { Body } from "./consumer.ts";
import { type Envelope, WholeEnvelope } from "./envelope.ts";
import type { LateSignal } from "./late_signal.ts";

/** A message somebody wants to send. */
export interface Submission {
  /** Everything that a user may set, but the payload. */
  readonly fields: MessageFields;
  /** The payload. */
  readonly body: Body;
  /** The id that the sender's end of a connection gave it. */
  readonly id?: string;
  /** Gives up the wait for room. */
  readonly signal?: AbortSignal | LateSignal;
}

/** The message that a submission makes: what the user said, and what the bus adds. */
export function toEnvelope(
  { fields, body, id: givenId }: Submission,
  { clock, ids }: { clock: Clock; ids: IdSource },
): Envelope {
  const timestamp = clock.now();
  const id = givenId ?? ids.next(timestamp);
  // A request begins a conversation where it does not join one.
  const ownId = fields.type === "request" ? id : undefined;
  // A message, so that one in this process is made once.
  const message: Message = {
    id,
    type: fields.type,
    sender: fields.sender,
    recipient: fields.recipient,
    topic: fields.topic,
    requestId: fields.requestId ?? ownId,
    correlationId: fields.correlationId ?? ownId,
    payload: "value" in body ? body.value : undefined,
    // -0 is 0.
    priority: (fields.priority ?? DEFAULT_PRIORITY) + 0,
    timestamp,
    ttlMs: fields.ttlMs,
    attempt: 1,
    requiresAck: fields.requiresAck ?? false,
    headers: fields.headers && { ...fields.headers },
  };
  return "value" in body
    ? WholeEnvelope.ofMessage(message, body.bytes)
    : WholeEnvelope.ofBytes(message, body.encoded);
}
