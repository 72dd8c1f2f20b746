import { byteAt } from "./byte_at.ts";

const ENCODER = new TextEncoder();
/** The lenient decoder takes a third of the strict one's time, and leaves a mark where the two differ. */
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
const STRICT_DECODER = new TextDecoder("utf-8", {
  fatal: true,
  ignoreBOM: true,
});
const REPLACEMENT = "\ufffd";
/** Length of an id, the text that there is most of. */
const ID_BYTES = 36;
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
  if (end - start > SHORT_TEXT) return decodeText(bytes, start, end);
  let seen = 0;
  for (let at = start; at < end; at++) seen |= byteAt(bytes, at);
  if (seen > 0x7f) return decodeText(bytes, start, end);
  return end - start === ID_BYTES
    ? readId(bytes, start)
    : readShort(bytes, start, end);
}

/**
 * Reads the bytes from `start` up to `end` as UTF-8, however many, with a mark
 * at the start as part of the text.
 *
 * @throws {TypeError} If they are not UTF-8.
 */
export function decodeText(
  bytes: Uint8Array,
  start = 0,
  end: number = bytes.length,
): string {
  const view = bytes.subarray(start, end);
  const text = DECODER.decode(view);
  return text.includes(REPLACEMENT) ? STRICT_DECODER.decode(view) : text;
}

function writeLong(text: string, target: Uint8Array, offset: number): number {
  return offset + ENCODER.encodeInto(text, target.subarray(offset)).written;
}

/** Reads 36 characters of ASCII: one string at once, as others are joined of parts that are garbage at once. */
// deno-fmt-ignore
function readId(b: Uint8Array, at: number): string {
  return String.fromCharCode(
    byteAt(b, at), byteAt(b, at + 1), byteAt(b, at + 2), byteAt(b, at + 3),
    byteAt(b, at + 4), byteAt(b, at + 5), byteAt(b, at + 6), byteAt(b, at + 7),
    byteAt(b, at + 8), byteAt(b, at + 9), byteAt(b, at + 10), byteAt(b, at + 11),
    byteAt(b, at + 12), byteAt(b, at + 13), byteAt(b, at + 14), byteAt(b, at + 15),
    byteAt(b, at + 16), byteAt(b, at + 17), byteAt(b, at + 18), byteAt(b, at + 19),
    byteAt(b, at + 20), byteAt(b, at + 21), byteAt(b, at + 22), byteAt(b, at + 23),
    byteAt(b, at + 24), byteAt(b, at + 25), byteAt(b, at + 26), byteAt(b, at + 27),
    byteAt(b, at + 28), byteAt(b, at + 29), byteAt(b, at + 30), byteAt(b, at + 31),
    byteAt(b, at + 32), byteAt(b, at + 33), byteAt(b, at + 34), byteAt(b, at + 35),
  );
}

function readShort(bytes: Uint8Array, start: number, end: number): string {
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
