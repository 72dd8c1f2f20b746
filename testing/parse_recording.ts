import { BusError, errorText } from "../core/errors.ts";
import { type Message, MESSAGE_TYPES } from "../core/message.ts";
import { checkFields, isWhole } from "../core/message_check.ts";
import { leastBytes } from "../core/payload.ts";
import { nameProblem } from "../core/topic.ts";
import { LIMITS } from "../core/limits.ts";
import { fromBase64 } from "./payloads.ts";
import {
  type RecordedMessage,
  type Recording,
  RECORDING_VERSION,
} from "./recording.ts";

/** What a message of a recording can say; a member left out here does not compile. */
const MEMBERS: Readonly<Record<keyof RecordedMessage, true>> = {
  atMs: true,
  type: true,
  sender: true,
  recipient: true,
  topic: true,
  request: true,
  payload: true,
  bytes: true,
  priority: true,
  ttlMs: true,
  requiresAck: true,
  correlationId: true,
  headers: true,
};

/**
 * Reads a recording that was written with `JSON.stringify`.
 *
 * @throws {BusError} With code `"invalid_message"` if the text is no recording,
 * one of another version, or one that is too large; it names the place.
 */
export function parseRecording(text: string): Recording {
  if (text.length > LIMITS.maxRecordingChars) {
    refuse(
      "it",
      `at most ${LIMITS.maxRecordingChars} characters`,
      text.length,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const problem = errorText(cause, 200);
    throw invalid(`it must be JSON: ${problem}`, cause);
  }
  checkRecording(value);
  return value;
}

/**
 * Checks that a value is a recording.
 *
 * @throws {BusError} As {@linkcode parseRecording} does.
 */
export function checkRecording(value: unknown): asserts value is Recording {
  if (!isObject(value)) refuse("it", "an object", value);
  const { format, version, agents, messages } = value;
  if (format !== "busbar-recording") {
    refuse("its format", `"busbar-recording"`, format);
  }
  // First of all: what another version has elsewhere is no wrong shape.
  if (version !== RECORDING_VERSION) {
    refuse("its version", String(RECORDING_VERSION), version);
  }
  if (!Array.isArray(agents)) refuse("agents", "a list of names", agents);
  for (const [index, name] of agents.entries()) {
    const problem = nameProblem(name);
    if (problem === undefined) continue;
    throw invalid(`agents[${index}] must be a name: ${problem}`);
  }
  const { maxRecordedMessages } = LIMITS;
  if (!Array.isArray(messages) || messages.length > maxRecordedMessages) {
    const rule = `a list of at most ${maxRecordedMessages} messages`;
    refuse(
      "messages",
      rule,
      Array.isArray(messages) ? messages.length : messages,
    );
  }
  checkMessages(messages, new Set(agents));
}

function checkMessages(
  messages: readonly unknown[],
  agents: ReadonlySet<unknown>,
): void {
  let fromMs = 0;
  for (const [index, message] of messages.entries()) {
    const place = `messages[${index}]`;
    if (!isObject(message)) refuse(place, "an object", message);
    const { atMs } = message;
    if (!isWhole(atMs, Number.MAX_SAFE_INTEGER) || atMs < fromMs) {
      const rule = `a whole number of milliseconds, not before ${fromMs}`;
      refuse(`${place}.atMs`, rule, atMs);
    }
    fromMs = atMs;
    checkMembers(place, message);
    checkAgents(place, message, agents);
    if (message.request !== undefined) {
      checkRequest(place, message.request, messages.slice(0, index));
    }
    checkRest(place, message);
  }
}

function checkMembers(place: string, message: Record<string, unknown>): void {
  for (const member of Object.keys(message)) {
    if (Object.hasOwn(MEMBERS, member)) continue;
    refuse(place, "without members that no message has", member);
  }
  if (MESSAGE_TYPES.some((known) => known === message.type)) return;
  refuse(`${place}.type`, "a type of message", message.type);
}

/** An agent that is not listed would have nobody to play it. */
function checkAgents(
  place: string,
  { sender, recipient }: Record<string, unknown>,
  agents: ReadonlySet<unknown>,
): void {
  if (!agents.has(sender)) {
    refuse(`${place}.sender`, "one of the agents", sender);
  }
  if (recipient === undefined || agents.has(recipient)) return;
  refuse(`${place}.recipient`, "one of the agents", recipient);
}

function checkRequest(
  place: string,
  request: unknown,
  before: readonly unknown[],
): void {
  const asked = typeof request === "number" ? before[request] : undefined;
  if (isObject(asked) && asked.type === "request") return;
  const rule = "the place of a request that comes before it";
  refuse(`${place}.request`, rule, request);
}

/** What a message says of itself, as the bus checks it, and its payload. */
function checkRest(place: string, message: Record<string, unknown>): void {
  const { bytes, payload } = message;
  const fields = message as unknown as RecordedMessage & Message;
  try {
    checkFields({ ...fields, requestId: undefined });
    if (payload !== undefined) leastBytes(payload, Infinity);
  } catch (cause) {
    throw invalid(`${place} must be a message: ${errorText(cause)}`, cause);
  }
  if ((bytes === undefined) === (payload === undefined)) {
    const rule = "given where there is no payload, and only there";
    refuse(`${place}.bytes`, rule, bytes);
  }
  if (bytes === undefined) return;
  if (typeof bytes !== "string" || !fromBase64(bytes)) {
    refuse(`${place}.bytes`, "base64", bytes);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuse(what: string, rule: string, value: unknown): never {
  const shown = typeof value === "string"
    ? JSON.stringify(errorText(value, 64))
    : Array.isArray(value)
    ? "a list"
    : typeof value === "object" && value !== null
    ? "an object"
    : String(value);
  throw invalid(`${what} must be ${rule}: current value is ${shown}`);
}

function invalid(problem: string, cause?: unknown): BusError {
  return new BusError(
    "invalid_message",
    `Cannot read recording as ${problem}`,
    { cause },
  );
}
