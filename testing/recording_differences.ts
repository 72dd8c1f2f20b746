import { showMessage } from "./message_match.ts";
import { alignKeys } from "./aligned_keys.ts";
import { payloadKey, showPayload } from "./payloads.ts";
import {
  payloadOf,
  type RecordedMessage,
  type Recording,
} from "./recording.ts";

/** What is compared of a message beside its payload; times, ids and headers are not. */
const FIELDS = [
  "type",
  "recipient",
  "topic",
  "priority",
  "ttlMs",
  "requiresAck",
] as const;

/** Something that an agent sent otherwise than a recording says. */
export interface RecordingDifference {
  /** Whether the agent left a message out, sent one more, or sent it otherwise. */
  readonly kind: "missing" | "unexpected" | "different";
  /** Who sent it, or should have. */
  readonly agent: string;
  /** Which of the agent's messages it is, from 1: of the recording, or of what was sent if it is `"unexpected"`. */
  readonly position: number;
  /** The message of the recording; absent if it is `"unexpected"`. */
  readonly expected?: RecordedMessage;
  /** The message that was sent; absent if it is `"missing"`. */
  readonly actual?: RecordedMessage;
  /** What is different: `"payload"` and names of fields. */
  readonly fields: readonly string[];
}

/**
 * Compares what some agents sent with what they sent in another recording, for
 * each agent in its own order. Times, ids and headers are not compared.
 */
export function compareRecordings(
  expected: Recording,
  actual: Recording,
  agents: readonly string[],
): RecordingDifference[] {
  return agents.flatMap((agent) =>
    compareSent(agent, sentBy(expected, agent), sentBy(actual, agent))
  );
}

/** A difference for a person: a line, or three. */
export function showDifference(
  { kind, agent, position, expected, actual, fields }: RecordingDifference,
): string {
  const which = `message ${position} of "${agent}"`;
  if (!expected || !actual) {
    const message = expected ?? actual;
    return `${kind}: ${which}${message ? `, ${show(message)}` : ""}`;
  }
  const lines = fields.map((field) =>
    `\n    ${field}: expected ${valueOf(expected, field)}, it sent ${
      valueOf(actual, field)
    }`
  );
  return `different: ${which}, ${show(expected)}${lines.join("")}`;
}

function sentBy(
  { messages }: Recording,
  agent: string,
): RecordedMessage[] {
  return messages.filter(({ sender }) => sender === agent);
}

function compareSent(
  agent: string,
  expected: readonly RecordedMessage[],
  actual: readonly RecordedMessage[],
): RecordingDifference[] {
  const differences: RecordingDifference[] = [];
  const gaps = alignKeys(expected.map(keyOf), actual.map(keyOf));
  for (const { ofFirst, ofSecond } of gaps) {
    const unpaired = new Set(ofSecond);
    for (const index of ofFirst) {
      const before = expected[index];
      const pair = ofSecond.find((other) =>
        unpaired.has(other) && isSameWay(before, actual[other])
      );
      if (pair !== undefined) unpaired.delete(pair);
      const after = pair === undefined ? undefined : actual[pair];
      differences.push(toDifference(agent, index, before, after));
    }
    for (const index of unpaired) {
      differences.push(toDifference(agent, index, undefined, actual[index]));
    }
  }
  return differences;
}

function toDifference(
  agent: string,
  index: number,
  expected: RecordedMessage | undefined,
  actual: RecordedMessage | undefined,
): RecordingDifference {
  const position = index + 1;
  if (!expected) {
    return { kind: "unexpected", agent, position, actual, fields: [] };
  }
  if (!actual) {
    return { kind: "missing", agent, position, expected, fields: [] };
  }
  const fields = ["payload", ...FIELDS].filter((field) =>
    valueOf(expected, field, payloadKey) !== valueOf(actual, field, payloadKey)
  );
  return { kind: "different", agent, position, expected, actual, fields };
}

/** Whether two messages may be one, sent otherwise. */
function isSameWay(
  one: RecordedMessage | undefined,
  other: RecordedMessage | undefined,
): boolean {
  return one?.type === other?.type && one?.recipient === other?.recipient &&
    one?.topic === other?.topic;
}

function keyOf(message: RecordedMessage): string {
  const fields = FIELDS.map((field) => message[field] ?? null);
  return JSON.stringify([...fields, payloadKey(payloadOf(message))]);
}

function show(message: RecordedMessage): string {
  const text = showMessage({ ...message, payload: payloadOf(message) });
  return `at ${message.atMs} ms: ${text}`;
}

/** A field as text. */
function valueOf(
  message: RecordedMessage,
  field: string,
  show: (payload: unknown) => string = showPayload,
): string {
  return field === "payload"
    ? show(payloadOf(message))
    : show(message[field as (typeof FIELDS)[number]] ?? null);
}
