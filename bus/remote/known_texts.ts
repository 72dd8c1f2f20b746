import { readText } from "../../transports/transport.ts";

/** Texts that are kept: a power of two. */
const PLACES = 256;
/** Longest text that is kept, in bytes. */
const MOST_BYTES = 64;

interface KnownText {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/**
 * Reads texts that come again and again, such as names and topics: one that was
 * read before is neither decoded nor checked a second time. Keeps 256, each in
 * the place that its bytes give it, where the next one with that place
 * replaces it.
 */
export class KnownTexts {
  readonly #isGood: (text: string) => boolean;
  readonly #places: (KnownText | undefined)[] = Array(PLACES).fill(undefined);

  /** Knows none yet; keeps only texts that `isGood` finds so. */
  constructor(isGood: (text: string) => boolean) {
    this.#isGood = isGood;
  }

  /** The text of the bytes from `start` up to `end`; `undefined` if it is not good, or no text. */
  read(bytes: Uint8Array, start: number, end: number): string | undefined {
    let hash = end - start;
    for (let at = start; at < end; at++) {
      hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
    }
    const place = (hash ^ (hash >>> 15)) & (PLACES - 1);
    const known = this.#places[place];
    if (known && isSame(known.bytes, bytes, start, end)) return known.text;
    const text = this.#readAnew(bytes, start, end);
    if (text !== undefined && end - start <= MOST_BYTES) {
      this.#places[place] = { bytes: bytes.slice(start, end), text };
    }
    return text;
  }

  #readAnew(bytes: Uint8Array, start: number, end: number): string | undefined {
    try {
      const text = readText(bytes, start, end);
      return this.#isGood(text) ? text : undefined;
    } catch {
      return undefined;
    }
  }
}

function isSame(
  known: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  if (known.length !== end - start) return false;
  for (let at = 0; at < known.length; at++) {
    if (known[at] !== bytes[start + at]) return false;
  }
  return true;
}
