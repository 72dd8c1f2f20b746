import { LIMITS } from "../../core/limits.ts";

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
/** By code, 1 for the characters that give a text its shape. */
const SHAPING = new Uint8Array(128);
for (const one of '"[]{}:') SHAPING[one.charCodeAt(0)] = 1;
/** A member takes no less: `"":1,`. */
const LEAST_MEMBER_CHARS = 5;

/**
 * Looks at a JSON text before it is parsed, as a parser blocks for seconds on
 * what is nested millions deep. Says nothing of what is no JSON.
 *
 * @returns What is wrong with its shape, as the end of an error's text;
 * `undefined` if it is within the limits.
 */
export function shapeProblem(text: string): string | undefined {
  // Searching for characters takes a fraction of the time of looking at each, and
  // is sure where it finds few of them: so many levels take so many brackets,
  // inside texts or not, and so many members so many colons.
  return hasManyBrackets(text) || hasManyColons(text)
    ? findProblem(text)
    : undefined;
}

function hasManyBrackets(text: string): boolean {
  const most = LIMITS.maxPayloadDepth;
  const braces = count(text, "{", most);
  return braces + count(text, "[", most - braces) > most;
}

function hasManyColons(text: string): boolean {
  const most = LIMITS.maxPayloadKeys;
  return text.length > most * LEAST_MEMBER_CHARS &&
    count(text, ":", most) > most;
}

/** How often a character stands in a text, or the first number above `most`. */
function count(text: string, character: string, most: number): number {
  let found = 0;
  for (
    let at = text.indexOf(character);
    at >= 0;
    at = text.indexOf(character, at + 1)
  ) {
    if (++found > most) break;
  }
  return found;
}

function findProblem(text: string): string | undefined {
  const { maxPayloadDepth, maxPayloadKeys } = LIMITS;
  /** By level, the members so far of the object that is open there. */
  const members = new DataView(new ArrayBuffer(2 * (maxPayloadDepth + 1)));
  let depth = 0;
  for (let at = next(text, 0); at < text.length; at = next(text, at + 1)) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfText(text, at + 1);
    } else if (code === COLON) {
      const known = members.getUint16(2 * depth) + 1;
      if (known > maxPayloadKeys) {
        return `no object in it may have more than ${maxPayloadKeys} members: one has`;
      }
      members.setUint16(2 * depth, known);
    } else if (isOpening(code)) {
      if (++depth > maxPayloadDepth) {
        return `it must not be nested deeper than ${maxPayloadDepth} levels: it is`;
      }
      members.setUint16(2 * depth, 0);
    } else if (depth > 0) {
      depth--;
    }
  }
  return undefined;
}

/** Where the next character stands that gives a text its shape, from `at` on. */
function next(text: string, at: number): number {
  while (at < text.length && SHAPING[text.charCodeAt(at)] !== 1) at++;
  return at;
}

/** Where the closing quote stands of a text that begins at `at`. */
function endOfText(text: string, at: number): number {
  let quote = text.indexOf('"', at);
  while (quote >= 0 && isEscaped(text, quote)) {
    quote = text.indexOf('"', quote + 1);
  }
  return quote < 0 ? text.length : quote;
}

/** Whether an odd number of backslashes stands before a character. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === BACKSLASH) before--;
  return (at - before) % 2 === 0;
}

/** `[` and `{` differ in one bit. */
function isOpening(code: number): boolean {
  return (code | 0x20) === 0x7b;
}
