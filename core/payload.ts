import { BusError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

/**
 * The least bytes a payload takes when encoded, found without encoding it; a
 * `Uint8Array` counts as it is. Stops counting above `maxBytes`.
 *
 * @throws {BusError} With code `"invalid_message"` if it is neither a JSON
 * value nor a `Uint8Array`, naming the place.
 */
export function leastBytes(payload: unknown, maxBytes: number): number {
  if (payload instanceof Uint8Array) return payload.byteLength;
  const bytes = count(payload, 0, maxBytes);
  if (bytes < 0) {
    throw new BusError(
      "invalid_message",
      `Cannot send message as its payload must be a JSON value or a Uint8Array: ${
        explain(payload)
      }`,
    );
  }
  return bytes;
}

/**
 * The bytes of a payload as accounts keep them: exact where it may be over
 * `maxBytes`, else the least it can take.
 *
 * @throws {BusError} As {@linkcode leastBytes} does.
 */
export function payloadBytes(payload: unknown, maxBytes: number): number {
  const least = leastBytes(payload, maxBytes);
  if (payload instanceof Uint8Array || least > maxBytes) return least;
  // No JSON value is written in more than 25 times the bytes counted for it:
  // `-0.0000012345678901234567`, counted as 1.
  if (least * 25 <= maxBytes) return least;
  return ENCODER.encode(JSON.stringify(payload) ?? "null").byteLength;
}

const ENCODER = new TextEncoder();
const NOT_JSON = -1;

function count(value: unknown, depth: number, maxBytes: number): number {
  switch (typeof value) {
    case "string":
      return value.length + 2;
    case "number":
      return Number.isFinite(value) ? 1 : NOT_JSON;
    case "boolean":
      return 4;
    case "undefined":
      return depth === 0 ? 4 : NOT_JSON;
    case "object":
      if (value === null) return 4;
      if (depth >= LIMITS.maxPayloadDepth) return NOT_JSON;
      return Array.isArray(value)
        ? countArray(value, depth, maxBytes)
        : countObject(value, depth, maxBytes);
    default:
      return NOT_JSON;
  }
}

function countArray(
  values: readonly unknown[],
  depth: number,
  maxBytes: number,
): number {
  // One bracket; each element brings a comma, the last one the other bracket.
  let bytes = 1;
  for (let index = 0; index < values.length; index++) {
    const inner = count(values[index], depth + 1, maxBytes);
    if (inner < 0) return NOT_JSON;
    bytes += inner + 1;
    // Ends the walk over a value that shares its parts a billion times over.
    if (bytes > maxBytes) return bytes;
  }
  return Math.max(bytes, 2);
}

function countObject(value: object, depth: number, maxBytes: number): number {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return NOT_JSON;
  // As with arrays.
  let bytes = 1;
  let keys = 0;
  for (const key in value) {
    const part = (value as Record<string, unknown>)[key];
    // As JSON does, a property without a value is no property.
    if (part === undefined) continue;
    if (++keys > LIMITS.maxPayloadKeys) return NOT_JSON;
    const inner = count(part, depth + 1, maxBytes);
    if (inner < 0) return NOT_JSON;
    bytes += key.length + 4 + inner;
    if (bytes > maxBytes) return bytes;
  }
  return Math.max(bytes, 2);
}

/** What is wrong with a payload, and where; found in one walk, however deep. */
function explain(payload: unknown): string {
  const fault = findFault(payload, 0);
  return fault === undefined
    ? "payload cannot be encoded"
    : fault.at === undefined
    ? `it ${fault.is}`
    : `payload${fault.at} ${fault.is}`;
}

interface Fault {
  /** The way to it, `.a.0`; `undefined` where that would be too long to help. */
  readonly at: string | undefined;
  readonly is: string;
}

function findFault(value: unknown, depth: number): Fault | undefined {
  if (typeof value !== "object" || value === null) {
    if (count(value, depth, Infinity) !== NOT_JSON) return undefined;
    const what = typeof value === "number" ? value : `a ${typeof value}`;
    return { at: "", is: `is ${what}` };
  }
  if (depth >= LIMITS.maxPayloadDepth) {
    const is =
      `is nested deeper than ${LIMITS.maxPayloadDepth} levels, or contains itself`;
    return { at: undefined, is };
  }
  const isPlain = Array.isArray(value) ||
    [Object.prototype, null].includes(Object.getPrototypeOf(value));
  if (!isPlain) {
    const is = `is an instance of ${value.constructor?.name ?? "a class"}`;
    return { at: "", is };
  }
  return findInside(value, depth);
}

function findInside(value: object, depth: number): Fault | undefined {
  const isList = Array.isArray(value);
  let keys = 0;
  for (const [key, part] of Object.entries(value)) {
    if (part === undefined && !isList) continue;
    if (!isList && ++keys > LIMITS.maxPayloadKeys) {
      const is = `has more than ${LIMITS.maxPayloadKeys} members, and may not`;
      return { at: "", is };
    }
    const fault = findFault(part, depth + 1);
    if (fault === undefined) continue;
    const { at, is } = fault;
    return { at: at === undefined ? undefined : `.${key}${at}`, is };
  }
  return undefined;
}
