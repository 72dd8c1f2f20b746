import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { decodeText, mostTextBytes } from "./text.ts";

/** A payload as it stands on the wire. */
export interface Payload {
  /** JSON in UTF-8, or the bytes themselves. */
  readonly bytes: Uint8Array;
  /** Whether it is bytes, and not JSON. */
  readonly binary: boolean;
}

const ENCODER = new TextEncoder();
/** Largest buffer that an encoder keeps, in bytes. */
const KEPT_BYTES = 64 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Encodes a payload. A `Uint8Array` is passed through as it is, not copied;
 * anything else becomes JSON, `undefined` as `null`.
 *
 * @throws {BusError} With code `"invalid_message"` if it is no JSON value.
 */
export function encodePayload(value: unknown): Payload {
  if (value instanceof Uint8Array) return { bytes: value, binary: true };
  return { bytes: ENCODER.encode(stringify(value)), binary: false };
}

/** Encodes one payload after the other into the same buffer: a third of the time for small ones. */
export class PayloadEncoder {
  #bytes: Uint8Array = new Uint8Array(1_024);

  /**
   * Encodes a payload as {@linkcode encodePayload} does; what is returned
   * holds until the next call.
   *
   * @throws {BusError} With code `"invalid_message"` if it is no JSON value.
   */
  encode(value: unknown): Payload {
    if (value instanceof Uint8Array) return { bytes: value, binary: true };
    const text = stringify(value);
    const mostBytes = mostTextBytes(text);
    if (mostBytes > KEPT_BYTES) {
      return { bytes: ENCODER.encode(text), binary: false };
    }
    if (mostBytes > this.#bytes.length) {
      this.#bytes = new Uint8Array(Math.min(KEPT_BYTES, mostBytes * 2));
    }
    const { written } = ENCODER.encodeInto(text, this.#bytes);
    return { bytes: this.#bytes.subarray(0, written), binary: false };
  }
}

/**
 * Reads a payload: a copy of the bytes if it is binary, else the JSON value.
 *
 * @throws {BusError} With code `"invalid_message"` if it is no JSON, no UTF-8,
 * or nested deeper than 64 levels.
 */
export function decodePayload(bytes: Uint8Array, binary: boolean): unknown {
  if (binary) return new Uint8Array(bytes);
  checkDepth(bytes);
  try {
    return JSON.parse(decodeText(bytes));
  } catch (cause) {
    throw new BusError(
      "invalid_message",
      "Cannot read payload as it must be JSON in UTF-8: it is not",
      { cause },
    );
  }
}

function stringify(value: unknown): string {
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

/** Looks at the bytes, as the parser itself blocks for seconds on what is nested millions deep. */
function checkDepth(bytes: Uint8Array): void {
  if (!mayBeTooDeep(bytes) || depthOf(bytes) <= LIMITS.maxPayloadDepth) return;
  throw new BusError(
    "invalid_message",
    `Cannot read payload as it must not be nested deeper than ${LIMITS.maxPayloadDepth} levels: it is`,
  );
}

/** Cheap, and sure where it says no: so many levels take so many brackets, inside texts or not. */
function mayBeTooDeep(bytes: Uint8Array): boolean {
  let brackets = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (!isOpening(bytes[at] ?? 0)) continue;
    if (++brackets > LIMITS.maxPayloadDepth) return true;
  }
  return false;
}

/** Levels of nesting, or the first number above the limit. */
function depthOf(bytes: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      at = endOfText(bytes, at + 1);
    } else if (isOpening(byte)) {
      deepest = Math.max(deepest, ++depth);
      if (deepest > LIMITS.maxPayloadDepth) break;
    } else if (isClosing(byte)) {
      depth--;
    }
  }
  return deepest;
}

/** Where the closing quote stands of a text that begins at `at`. */
function endOfText(bytes: Uint8Array, at: number): number {
  while (at < bytes.length && bytes[at] !== QUOTE) {
    at += bytes[at] === BACKSLASH ? 2 : 1;
  }
  return at;
}

/** `[` and `{` differ in one bit, as do `]` and `}`. */
function isOpening(byte: number): boolean {
  return (byte | 0x20) === 0x7b;
}

function isClosing(byte: number): boolean {
  return (byte | 0x20) === 0x7d;
}
