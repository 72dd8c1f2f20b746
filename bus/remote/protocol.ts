import {
  BusError,
  type BusErrorCode,
  isBusError,
  isBusErrorCode,
} from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { isWhole } from "../../core/message_check.ts";
import { nameProblem, patternProblem } from "../../core/topic.ts";
import { decodePayload, encodePayload } from "../../transports/transport.ts";
import type { ConsumerSpec } from "../consumer.ts";
import { checkConsumerOptions } from "../subscription.ts";

/** The word that begins every conversation. */
export const PROTOCOL = "busbar";
/** Versions this code speaks. */
export const VERSIONS: readonly number[] = [1];

/** Who a client is. */
export interface Hello {
  /** {@linkcode PROTOCOL}. */
  readonly protocol: string;
  /** Versions the client speaks. */
  readonly versions: readonly number[];
  /** The agent it serves. */
  readonly name: string;
  /** Tells it apart from other clients of that name, also when it comes back. */
  readonly instance: string;
  /** Whether the agent's mailbox outlives its presence. */
  readonly durable: boolean;
}

/** What was agreed. */
export interface Welcome {
  /** The version spoken from here on. */
  readonly version: number;
  /** The name of the bus. */
  readonly bus: string;
  /** Largest payload, in bytes. */
  readonly maxMessageBytes: number;
  /** Sends that may be on the way at the same time. */
  readonly sendWindow: number;
  /** Silence after which either side is pinged, in milliseconds. */
  readonly heartbeatMs: number;
  /** Longest wait for a reply where the requester does not say, in milliseconds. */
  readonly requestTimeoutMs: number;
}

/** What a peer is told when something failed. */
export interface Failure {
  /** Why. */
  readonly code: BusErrorCode;
  /** For a person. */
  readonly message: string;
  /** The message it is about. */
  readonly messageId?: string;
}

/** Bytes of a JSON body. */
export function encodeJson(value: unknown): Uint8Array {
  return encodePayload(value).bytes;
}

/**
 * A JSON body that must be an object.
 *
 * @throws {BusError} With code `"protocol"`.
 */
export function decodeObject(
  what: string,
  bytes: Uint8Array,
): Record<string, unknown> {
  let value: unknown;
  try {
    value = decodePayload(bytes, false);
  } catch (cause) {
    throw new BusError("protocol", `Cannot read ${what} as it is not JSON`, {
      cause,
    });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new BusError("protocol", `Cannot read ${what} as it is no object`);
  }
  return value as Record<string, unknown>;
}

/**
 * Reads a client's first frame.
 *
 * @throws {BusError} With code `"protocol"`, saying what is wrong.
 */
export function readHello(bytes: Uint8Array): Hello {
  const { protocol, versions, name, instance, durable = false } = decodeObject(
    "hello",
    bytes,
  );
  if (protocol !== PROTOCOL) refuse("protocol", `"${PROTOCOL}"`, protocol);
  if (!Array.isArray(versions)) {
    refuse("versions", "a list of numbers", versions);
  }
  const spoken = versions as unknown[];
  if (!VERSIONS.some((version) => spoken.includes(version))) {
    refuse("versions", `one of ${VERSIONS}`, versions);
  }
  const problem = nameProblem(name);
  if (problem !== undefined) refuse("name", "a well-formed name", problem);
  const isInstance = typeof instance === "string" && instance.length > 0 &&
    instance.length <= LIMITS.maxIdChars;
  if (!isInstance) refuse("instance", "a text that is its own", instance);
  if (typeof durable !== "boolean") {
    refuse("durable", "true or false", durable);
  }
  return {
    protocol: PROTOCOL,
    versions: spoken as number[],
    name: name as string,
    instance: instance as string,
    durable: durable as boolean,
  };
}

/**
 * Reads what the bus agreed to.
 *
 * @throws {BusError} With code `"protocol"`, saying what is wrong.
 */
export function readWelcome(bytes: Uint8Array): Welcome {
  const body = decodeObject("welcome", bytes);
  const read = (name: keyof Welcome, most: number = LIMITS.maxDurationMs) => {
    const value = body[name];
    if (!isWhole(value, most) || value < 1) {
      refuse(name, `a whole number from 1 to ${most}`, value);
    }
    return value as number;
  };
  const version = read("version");
  if (!VERSIONS.includes(version)) {
    refuse("version", `one of ${VERSIONS}`, version);
  }
  return {
    version,
    bus: typeof body.bus === "string" ? body.bus : "",
    maxMessageBytes: read("maxMessageBytes", MOST_MESSAGE_BYTES),
    sendWindow: read("sendWindow"),
    heartbeatMs: read("heartbeatMs"),
    requestTimeoutMs: read("requestTimeoutMs"),
  };
}

/** What a frame's length can say, less what its header and its head may take. */
const MOST_MESSAGE_BYTES = 0xffff_ffff - 2 * LIMITS.maxEnvelopeBytes;

const KINDS: readonly unknown[] = ["direct", "requests", "topic"];

/**
 * Reads what a client wants to consume.
 *
 * @throws {BusError} With code `"invalid_message"`, saying what is wrong.
 */
export function readSpec(bytes: Uint8Array): ConsumerSpec {
  const body = decodeObject("attach", bytes);
  const { kind, pattern } = body;
  if (!KINDS.includes(kind)) {
    refuseSpec(`its kind must be one of ${KINDS.join(", ")}`);
  }
  if (body.concurrency === undefined) {
    refuseSpec("its concurrency must be given");
  }
  if (kind === "topic" || pattern !== undefined) {
    const problem = patternProblem(pattern);
    if (problem !== undefined) {
      refuseSpec(`its pattern is not well-formed: ${problem}`);
    }
  }
  const { queue, durable, overflow } = body;
  const { concurrency, ackTimeoutMs, maxAttempts, maxMessages } = body;
  const spec = {
    kind,
    pattern,
    queue,
    durable,
    concurrency,
    ackTimeoutMs,
    maxAttempts,
    maxMessages,
    overflow,
  } as ConsumerSpec;
  try {
    checkConsumerOptions(spec);
  } catch (cause) {
    refuseSpec((cause as Error).message);
  }
  return spec;
}

/** What a peer is told of an error: its own text if it is ours, else none. */
export function toFailure(error: unknown): Failure {
  if (!isBusError(error)) {
    return { code: "cancelled", message: "The bus could not do it" };
  }
  const { code, message, messageId } = error;
  return messageId === undefined
    ? { code, message }
    : { code, message, messageId };
}

/** The error that a peer tells of. */
export function fromFailure(bytes: Uint8Array): BusError {
  const { code, message, messageId } = decodeObject("failure", bytes);
  // A code of a later version says no more than that it failed.
  const known = isBusErrorCode(code) ? code : "cancelled";
  const text = typeof message === "string"
    ? message
    : "The peer did not say why";
  return new BusError(known, text, {
    ...(typeof messageId === "string" ? { messageId } : {}),
  });
}

function refuse(field: string, rule: string, value: unknown): never {
  throw new BusError(
    "protocol",
    `Cannot greet peer as its ${field} must be ${rule}: ${shown(value)}`,
  );
}

/** A peer's value as an error shows it. Not as `String()` does, which the value itself may make throw. */
function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 64);
}

function refuseSpec(why: string): never {
  throw new BusError("invalid_message", `Cannot attach consumer as ${why}`);
}
