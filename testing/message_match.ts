import type { Message, MessageType } from "../core/message.ts";
import { leastBytes } from "../core/payload.ts";
import {
  matchesPattern,
  namePatternProblem,
  patternProblem,
} from "../core/topic.ts";
import { payloadKey, showPayload } from "./payloads.ts";

/** Which messages are meant; what is left out matches all. */
export interface MessageMatch<P = unknown> {
  /** The type, to the letter. */
  readonly type?: MessageType;
  /** A pattern over the sender's name. */
  readonly sender?: string;
  /** A pattern over the topic; a message without one never matches. */
  readonly topic?: string;
  /**
   * The payload: a value that must be equal, or a function that says whether it
   * is right. The order of members makes no difference, nor do members without
   * a value: a connection carries neither. A payload for which the function
   * throws does not match.
   */
  readonly payload?:
    | string
    | number
    | boolean
    | null
    | object
    | ((payload: P) => boolean);
}

/** What finds the messages that are meant. */
export interface Matcher {
  /** Whether a message is one of them. */
  matches(message: Message): boolean;
  /** What a function over payloads threw last: it may explain why none was found. */
  readonly thrown: unknown;
  /** What is meant, for a person: ` with sender "a" and payload 1`. */
  readonly text: string;
}

/**
 * Checks which messages are meant.
 *
 * @throws {RangeError} If a pattern is not well-formed.
 * @throws {TypeError} If the payload is nothing that a message can have.
 */
export function matcherOf<P>(
  match: MessageMatch<P>,
  verb: string,
): Matcher {
  const { type, sender, topic, payload } = match;
  checkMatch(match, verb);
  const isRight = payloadTest(payload);
  let thrown: unknown;
  const isPayload = (message: Message) => {
    try {
      return isRight(message.payload);
    } catch (error) {
      thrown = error;
      return false;
    }
  };
  return {
    matches: (message) =>
      (type === undefined || message.type === type) &&
      (sender === undefined || matchesPattern(sender, message.sender)) &&
      (topic === undefined ||
        message.topic !== undefined && matchesPattern(topic, message.topic)) &&
      isPayload(message),
    get thrown() {
      return thrown;
    },
    text: textOf(match),
  };
}

/** A message for a person: `publish "jobs.done" from "a": {"n":1}`. */
export function showMessage(
  { type, sender, recipient, topic, payload }: Pick<
    Message,
    "type" | "sender" | "recipient" | "topic" | "payload"
  >,
): string {
  const to = recipient === undefined ? "" : ` to "${recipient}"`;
  const about = topic === undefined ? "" : ` on "${topic}"`;
  return `${type} from "${sender}"${to}${about}: ${showPayload(payload)}`;
}

function checkMatch<P>(
  { sender, topic, payload }: MessageMatch<P>,
  verb: string,
): void {
  const bySender = sender === undefined ? sender : namePatternProblem(sender);
  const byTopic = topic === undefined ? topic : patternProblem(topic);
  for (const [field, problem] of [["sender", bySender], ["topic", byTopic]]) {
    if (problem === undefined) continue;
    throw new RangeError(
      `Cannot ${verb} as the pattern of its ${field} is not well-formed: ${problem}`,
    );
  }
  if (payload === undefined || typeof payload === "function") return;
  try {
    leastBytes(payload, Infinity);
  } catch (cause) {
    throw new TypeError(
      `Cannot ${verb} as its payload must be a JSON value, a Uint8Array or a function: ${
        String(payload)
      } is none`,
      { cause },
    );
  }
}

function payloadTest(expected: unknown): (payload: unknown) => boolean {
  if (expected === undefined) return () => true;
  if (typeof expected === "function") {
    return (payload) => Boolean(expected(payload));
  }
  const key = payloadKey(expected);
  return (payload) => payloadKey(payload) === key;
}

function textOf<P>({ type, sender, topic, payload }: MessageMatch<P>): string {
  const parts = [
    type === undefined ? [] : `type "${type}"`,
    sender === undefined ? [] : `sender "${sender}"`,
    topic === undefined ? [] : `topic "${topic}"`,
    payload === undefined
      ? []
      : typeof payload === "function"
      ? "a payload that its function takes"
      : `payload ${showPayload(payload)}`,
  ].flat();
  return parts.length === 0 ? "" : ` with ${parts.join(" and ")}`;
}
