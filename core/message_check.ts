import { BusError } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import type { MessageInit } from "./message.ts";
import { nameProblem, topicProblem } from "./topic.ts";

/** Everything of a message that a user may set, but its payload. */
export type MessageFields = Omit<MessageInit, "payload">;

/** The priority of a message whose sender says nothing. */
export const DEFAULT_PRIORITY = 50;

const MAX_PRIORITY = 100;

/**
 * Checks everything that a user may set, but the payload.
 *
 * @throws {BusError} With code `"invalid_message"`, naming the field, the rule
 * and the value.
 */
export function checkFields(fields: MessageFields): void {
  const { sender, recipient, topic, priority, ttlMs, requiresAck } = fields;
  checkText("sender", sender, nameProblem(sender));
  if (recipient !== undefined) {
    checkText("recipient", recipient, nameProblem(recipient));
  }
  if (topic !== undefined) checkText("topic", topic, topicProblem(topic));
  if (priority !== undefined && !isWhole(priority, MAX_PRIORITY)) {
    refuse("priority", "a whole number from 0 to 100", priority);
  }
  if (ttlMs !== undefined && !isWhole(ttlMs, LIMITS.maxDurationMs)) {
    refuse(
      "ttlMs",
      `a whole number of milliseconds from 0 to ${LIMITS.maxDurationMs}`,
      ttlMs,
    );
  }
  if (requiresAck !== undefined && typeof requiresAck !== "boolean") {
    refuse("requiresAck", "true or false", requiresAck);
  }
  checkId("requestId", fields.requestId);
  checkId("correlationId", fields.correlationId);
  checkDeduplication(fields);
  if (fields.headers !== undefined) checkHeaders(fields.headers);
}

/**
 * Checks that a message says where it goes, in the way its type asks for.
 *
 * @throws {BusError} With code `"invalid_message"`.
 */
export function checkAddress(
  { type, recipient, topic }: Pick<
    MessageFields,
    "type" | "recipient" | "topic"
  >,
): void {
  switch (type) {
    case "direct":
    case "request":
      if (recipient === undefined) refuse("recipient", "a name", recipient);
      return;
    case "publish":
      if (topic === undefined) refuse("topic", "a topic", topic);
      if (recipient !== undefined) {
        refuse("recipient", "absent when it is published", recipient);
      }
      return;
    case "control":
    case "error":
    case "heartbeat":
      if (recipient === undefined && topic === undefined) {
        refuse("recipient or topic", "given", undefined);
      }
      return;
    default:
      refuse("type", "one that is sent by hand, not by the bus itself", type);
  }
}

/** Whether `value` is a whole number from 0 to `max`. */
export function isWhole(value: unknown, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 &&
    (value as number) <= max;
}

function checkText(field: string, value: unknown, problem?: string): void {
  if (problem === undefined) return;
  throw new BusError(
    "invalid_message",
    `Cannot send message as its ${field} is not well-formed: ${problem} (${
      shown(value)
    })`,
  );
}

function checkId(field: string, value: unknown): void {
  if (value === undefined) return;
  const isId = typeof value === "string" && value.length > 0 &&
    value.length <= LIMITS.maxIdChars;
  if (!isId) {
    refuse(field, `text of 1 to ${LIMITS.maxIdChars} characters`, value);
  }
}

function checkDeduplication({ type, deduplicationId }: MessageFields): void {
  checkId("deduplicationId", deduplicationId);
  if (type !== "request" || deduplicationId === undefined) return;
  // Its reply would have to be kept as well, for whoever asks again.
  refuse("deduplicationId", "absent from a request", deduplicationId);
}

function checkHeaders(headers: unknown): void {
  if (
    typeof headers !== "object" || headers === null || Array.isArray(headers)
  ) {
    refuse("headers", "an object of texts", headers);
  }
  const entries = Object.entries(headers as object);
  if (entries.length > LIMITS.maxHeaders) {
    refuse("headers", `at most ${LIMITS.maxHeaders} entries`, entries.length);
  }
  let chars = 0;
  for (const [name, value] of entries) {
    if (name === "" || typeof value !== "string") {
      refuse(`headers[${shown(name)}]`, "a text with a name", value);
    }
    chars += name.length + value.length;
  }
  if (chars > LIMITS.maxHeaderChars) {
    refuse(
      "headers",
      `at most ${LIMITS.maxHeaderChars} characters together`,
      chars,
    );
  }
}

function refuse(field: string, rule: string, value: unknown): never {
  throw new BusError(
    "invalid_message",
    `Cannot send message as its ${field} must be ${rule}: current value is ${
      shown(value)
    }`,
  );
}

/** A value as an error shows it: short, and quoted when it is text. */
function shown(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(
      value.length > 64 ? value.slice(0, 63) + "…" : value,
    );
  }
  return typeof value === "object" && value !== null
    ? (Array.isArray(value) ? "an array" : "an object")
    : String(value);
}
