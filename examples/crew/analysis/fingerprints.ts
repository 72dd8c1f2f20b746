import type { FunctionFigures } from "./functions.ts";
import type { Token } from "./syntax.ts";

/** What a function looks like, whatever its names are. */
export interface FunctionPrint {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
  /** Chosen hashes of its token sequences, sorted, each once. */
  readonly hashes: readonly number[];
}

/** Tokens in one sequence that is hashed. */
const SHINGLE_TOKENS = 10;
/** Of this many neighbouring sequences, at least one hash is kept. */
const WINDOW = 6;
/** Functions with fewer tokens are too small to be called a copy. */
const MIN_TOKENS = 60;
/** Hashes kept of one function; the smallest, so that copies keep the same ones. */
const MAX_HASHES = 200;

/**
 * Takes the fingerprints of a file's functions by winnowing: of each window of
 * hashed token sequences the smallest is kept, so that two functions that
 * share a longer run of tokens share a hash wherever the run stands.
 */
export function fingerprintFunctions(
  functions: readonly FunctionFigures[],
  tokens: readonly Token[],
): FunctionPrint[] {
  const prints: FunctionPrint[] = [];
  for (const { name, line, lines, span } of functions) {
    const own = tokens.filter(({ start }) =>
      start >= span[0] && start < span[1]
    );
    if (own.length < MIN_TOKENS) continue;
    prints.push({ name, line, lines, hashes: winnow(shingles(own)) });
  }
  return prints;
}

function shingles(tokens: readonly Token[]): number[] {
  const hashes: number[] = [];
  for (let at = 0; at + SHINGLE_TOKENS <= tokens.length; at++) {
    let hash = 0x811c9dc5;
    for (const { text } of tokens.slice(at, at + SHINGLE_TOKENS)) {
      hash = hashText(text, hash);
    }
    hashes.push(hash);
  }
  return hashes;
}

/** FNV-1a, 32 bits, with a step after each text so that "a","b" is not "ab". */
function hashText(text: string, seed: number): number {
  let hash = seed;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return Math.imul(hash ^ 0xff, 0x01000193) >>> 0;
}

function winnow(hashes: readonly number[]): number[] {
  const kept = new Set<number>();
  for (let at = 0; at + WINDOW <= hashes.length; at++) {
    kept.add(Math.min(...hashes.slice(at, at + WINDOW)));
  }
  return [...kept].sort((a, b) => a - b).slice(0, MAX_HASHES);
}
