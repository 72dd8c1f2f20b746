import type { MessageBus } from "../bus/message_bus.ts";
import type { HistoryEntry } from "../bus/records.ts";
import { LIMITS } from "../core/limits.ts";
import {
  type RecordedMessage,
  type Recording,
  RECORDING_VERSION,
  toRecorded,
} from "./recording.ts";

/** Which messages {@linkcode recordConversation} records. */
export interface RecordOptions {
  /** Only those of this conversation. @default {all} */
  correlationId?: string;
  /** Only those accepted from then on, in milliseconds since the Unix epoch. @default {all} */
  since?: number;
}

/**
 * Records what crossed a bus: as far as its history goes, which by default is
 * ten thousand messages. The bus may be one at work; nothing has to be started
 * beforehand. A reply whose request is not recorded is left out.
 *
 * @throws {RangeError} If there is nothing to record, as the bus has no history
 * or nothing matches, or more than 10,000 messages.
 */
export function recordConversation(
  bus: MessageBus,
  options: RecordOptions = {},
): Recording {
  const { correlationId, since = -Infinity } = options;
  const entries = bus.history({ correlationId })
    .filter(({ message }) => message.timestamp >= since);
  const recording = toRecording(entries.reverse());
  if (recording.messages.length > 0) return recording;
  throw new RangeError(
    "Cannot record conversation as the bus must remember a message of it: its history has none that matches",
  );
}

/**
 * Messages of a history, oldest first, as a recording.
 *
 * @throws {RangeError} If they are more than 10,000.
 */
export function toRecording(entries: readonly HistoryEntry[]): Recording {
  const { maxRecordedMessages } = LIMITS;
  if (entries.length > maxRecordedMessages) {
    throw new RangeError(
      `Cannot record conversation as it may have at most ${maxRecordedMessages} messages: ${entries.length} match`,
    );
  }
  return {
    format: "busbar-recording",
    version: RECORDING_VERSION,
    agents: agentsOf(entries),
    messages: toMessages(entries),
  };
}

function toMessages(entries: readonly HistoryEntry[]): RecordedMessage[] {
  const requests = new Map<string, number>();
  const recorded: RecordedMessage[] = [];
  const startedAt = entries[0]?.message.timestamp ?? 0;
  let atMs = 0;
  for (const { message } of entries) {
    // A wall clock that was set back stands still meanwhile.
    atMs = Math.max(atMs, message.timestamp - startedAt);
    const { type, requestId } = message;
    const isAnswer = requestId !== undefined && type !== "request";
    const request = isAnswer ? requests.get(requestId) : undefined;
    if (isAnswer && request === undefined) continue;
    if (type === "request") {
      requests.set(requestId ?? message.id, recorded.length);
    }
    recorded.push(toRecorded(message, { atMs, request }));
  }
  return recorded;
}

function agentsOf(entries: readonly HistoryEntry[]): string[] {
  const names = entries.flatMap(({ message, deliveries }) => [
    message.sender,
    message.recipient ?? message.sender,
    ...deliveries.map(({ agent }) => agent),
  ]);
  return [...new Set(names)].sort();
}
