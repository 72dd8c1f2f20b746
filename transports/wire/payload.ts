import { BusError } from "../../core/errors.ts";
import { shapeProblem } from "./json_shape.ts";
import { decodeText, mostTextBytes } from "./text.ts";

/** A payload as it stands on the wire. */
export interface Payload {
  /** JSON in UTF-8, or the bytes themselves. */
  readonly bytes: Uint8Array;
  /** Whether it is bytes, and not JSON. */
  readonly binary: boolean;
}

const ENCODER = new TextEncoder();
/** Buffer that an encoder begins with, in bytes. */
const FIRST_BYTES = 1_024;
/** Largest buffer that an encoder keeps, in bytes. */
const KEPT_BYTES = 64 * 1024;

/**
 * Encodes a payload. A `Uint8Array` is passed through as it is, not copied;
 * anything else becomes JSON, `undefined` as `null`.
 *
 * @throws {BusError} With code `"invalid_message"` if it is no JSON value.
 */
export function encodePayload(value: unknown): Payload {
  if (value instanceof Uint8Array) return { bytes: value, binary: true };
  return { bytes: ENCODER.encode(jsonOf(value)), binary: false };
}

/** Encodes one payload after the other into the same buffer: a third of the time for small ones. */
export class PayloadEncoder {
  #kept: Uint8Array = new Uint8Array(FIRST_BYTES);
  #bytes: Uint8Array = this.#kept;

  /** The buffer that {@linkcode PayloadEncoder.write} has written to last, from its beginning on. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Lets go of what was written last, where that has a buffer of its own. */
  clear(): void {
    this.#bytes = this.#kept;
  }

  /**
   * Encodes a payload as {@linkcode encodePayload} does; what is returned
   * holds until the next call.
   *
   * @throws {BusError} With code `"invalid_message"` if it is no JSON value.
   */
  encode(value: unknown): Payload {
    if (value instanceof Uint8Array) return { bytes: value, binary: true };
    const length = this.write(value);
    const bytes = this.#bytes.subarray(0, length);
    this.clear();
    return { bytes, binary: false };
  }

  /**
   * Encodes a JSON value into {@linkcode PayloadEncoder.bytes}, where it holds
   * until the next call.
   *
   * @returns How many bytes it takes.
   * @throws {BusError} With code `"invalid_message"` if it is none.
   */
  write(value: unknown): number {
    return this.writeText(jsonOf(value));
  }

  /** Does the same with the text of a JSON value. */
  writeText(text: string): number {
    const mostBytes = mostTextBytes(text);
    if (mostBytes > KEPT_BYTES) {
      this.#bytes = ENCODER.encode(text);
      return this.#bytes.length;
    }
    if (mostBytes > this.#kept.length) {
      this.#kept = new Uint8Array(Math.min(KEPT_BYTES, mostBytes * 2));
    }
    this.#bytes = this.#kept;
    return ENCODER.encodeInto(text, this.#bytes).written;
  }
}

/**
 * Reads the payload in the bytes from `start` up to `end`: a copy of them if it
 * is binary, else the JSON value.
 *
 * @throws {BusError} With code `"invalid_message"` if it is no JSON, no UTF-8,
 * nested deeper than 64 levels, or has an object of more than 10,000 members.
 */
export function decodePayload(
  bytes: Uint8Array,
  binary: boolean,
  start = 0,
  end: number = bytes.length,
): unknown {
  if (binary) return bytes.slice(start, end);
  const text = readJsonText(bytes, start, end);
  const problem = shapeProblem(text);
  if (problem !== undefined) throw unreadable(problem);
  return parseJson(text);
}

function readJsonText(bytes: Uint8Array, start: number, end: number): string {
  try {
    return decodeText(bytes, start, end);
  } catch (cause) {
    throw noJson(cause);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw noJson(cause);
  }
}

function noJson(cause: unknown): BusError {
  return unreadable("it must be JSON in UTF-8: it is not", cause);
}

function unreadable(why: string, cause?: unknown): BusError {
  const text = `Cannot read payload as ${why}`;
  return new BusError("invalid_message", text, { cause });
}

/**
 * The text of a JSON value, `undefined` as `null`.
 *
 * @throws {BusError} With code `"invalid_message"` if it is none.
 */
export function jsonOf(value: unknown): string {
  let text: string | undefined;
  let cause: unknown;
  try {
    text = JSON.stringify(value === undefined ? null : value);
  } catch (thrown) {
    cause = thrown;
  }
  if (text !== undefined) return text;
  throw new BusError(
    "invalid_message",
    `Cannot encode payload as it must be a JSON value or a Uint8Array: a ${typeof value} has no JSON form`,
    { cause },
  );
}
