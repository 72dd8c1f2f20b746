import { BusError } from "../../core/errors.ts";
import type { MessageFields } from "../../core/message_check.ts";
import {
  decodeEnvelope,
  type Frame,
  FrameFlag,
  FrameKind,
  type Slab,
} from "../../transports/transport.ts";
import type { Submission } from "../submission.ts";

const UUID_CHARS = 36;

/**
 * What a client wants to send, in the name of the agent it serves: whatever it
 * says of the sender does not count.
 *
 * @throws {BusError} With code `"protocol"` if the envelope cannot be read,
 * `"invalid_message"` if the id is none.
 */
export function readSubmission(
  { flags, priority, head, payload, kind }: Frame,
  sender: string,
  slab: Slab,
): Submission {
  const { id, type, recipient, topic, requestId, correlationId, ...rest } =
    decodeEnvelope(head);
  const requiresAck = (flags & FrameFlag.requiresAck) !== 0;
  const fields: MessageFields = {
    type: kind === FrameKind.request ? "request" : type,
    sender,
    recipient,
    topic,
    requestId,
    correlationId,
    priority,
    ttlMs: rest.ttlMs,
    requiresAck,
    headers: rest.headers,
    deduplicationId: rest.deduplicationId,
  };
  checkId(id);
  const binary = (flags & FrameFlag.binary) !== 0;
  // Copied: the frame's bytes are read over when the next ones come.
  const encoded = { bytes: slab.copy(payload), binary };
  return { id, fields, body: { encoded } };
}

function checkId(id: string | undefined): void {
  if (id === undefined || id.length === UUID_CHARS) return;
  throw new BusError(
    "invalid_message",
    "Cannot send message as its id must be a UUID",
  );
}
