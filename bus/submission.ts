import type { Clock } from "../core/clock.ts";
import { DEFAULT_PRIORITY, type MessageFields } from "../core/message_check.ts";
import type { IdSource } from "../core/random.ts";
import type { Body } from "./consumer.ts";
import { Envelope, type MessageHead } from "./envelope.ts";

/** A message somebody wants to send. */
export interface Submission {
  /** Everything that a user may set, but the payload. */
  readonly fields: MessageFields;
  /** The payload. */
  readonly body: Body;
  /** The id that the sender's end of a connection gave it. */
  readonly id?: string;
  /** Gives up the wait for room. */
  readonly signal?: AbortSignal;
}

/** The message that a submission makes: what the user said, and what the bus adds. */
export function toEnvelope(
  submission: Submission,
  ports: { clock: Clock; ids: IdSource },
): Envelope {
  const { body } = submission;
  const head = toHead(submission, ports);
  return "encoded" in body
    ? Envelope.ofBytes(head, body.encoded)
    : Envelope.ofValue(head, body.value, body.bytes);
}

function toHead(
  { fields, id: givenId }: Submission,
  { clock, ids }: { clock: Clock; ids: IdSource },
): MessageHead {
  const timestamp = clock.now();
  const id = givenId ?? ids.next(timestamp);
  // A request begins a conversation where it does not join one.
  const ownId = fields.type === "request" ? id : undefined;
  return {
    id,
    type: fields.type,
    sender: fields.sender,
    recipient: fields.recipient,
    topic: fields.topic,
    requestId: fields.requestId ?? ownId,
    correlationId: fields.correlationId ?? ownId,
    // -0 is 0.
    priority: (fields.priority ?? DEFAULT_PRIORITY) + 0,
    timestamp,
    ttlMs: fields.ttlMs,
    requiresAck: fields.requiresAck ?? false,
    headers: fields.headers && { ...fields.headers },
  };
}
