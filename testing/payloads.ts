import { Buffer } from "node:buffer";
import { LIMITS } from "../core/limits.ts";

/**
 * A payload as one text: the same for equal payloads, and only for those. What
 * a connection does not carry makes no difference: the order of members, and
 * members without a value.
 */
export function payloadKey(payload: unknown): string {
  if (payload instanceof Uint8Array) return `bytes ${toBase64(payload)}`;
  return JSON.stringify(payload, inOrder) ?? "null";
}

/** A payload for a person to read, on one line and cut to what helps. */
export function showPayload(payload: unknown): string {
  const { maxShownChars } = LIMITS;
  const text = payload instanceof Uint8Array
    ? `${payload.length} bytes ${toBase64(payload.subarray(0, maxShownChars))}`
    : JSON.stringify(payload) ?? "null";
  return text.length <= maxShownChars
    ? text
    : `${text.slice(0, maxShownChars - 1)}…`;
}

/** Bytes as text, for what is written as JSON. */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString("base64");
}

/** Bytes from such a text; nothing if it is none. */
export function fromBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, "base64");
  // What is not of the alphabet is passed over; the way back tells.
  if (bytes.toString("base64") !== text) return undefined;
  return Uint8Array.from(bytes);
}

function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return value;
  }
  const members = Object.entries(value);
  return Object.fromEntries(
    members.sort(([one], [other]) => one < other ? -1 : 1),
  );
}
