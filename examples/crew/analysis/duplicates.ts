import type { FunctionPrint } from "./fingerprints.ts";

/** One function in one file. */
export interface FunctionPlace {
  readonly path: string;
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

/** Two functions that look the same. */
export interface Duplicate {
  readonly first: FunctionPlace;
  readonly second: FunctionPlace;
  /** Share of their fingerprints that they have in common, 0 to 1. */
  readonly likeness: number;
}

/** Functions that are remembered; later ones are not compared. */
const MAX_FUNCTIONS = 20_000;
/** A hash that so many functions share says nothing, and is not followed. */
const MAX_SHARERS = 40;
/** Functions less alike than this are not called copies. */
const MIN_LIKENESS = 0.7;

/** Finds functions that look the same, across all files it was shown. */
export class DuplicateIndex {
  readonly #functions: { place: FunctionPlace; hashes: readonly number[] }[] =
    [];
  readonly #byHash = new Map<number, number[]>();

  /** Functions that are remembered. */
  get size(): number {
    return this.#functions.length;
  }

  /** Remembers a file's functions. Beyond 20,000 functions nothing is added. */
  add(path: string, prints: readonly FunctionPrint[]): void {
    for (const { name, line, lines, hashes } of prints) {
      if (this.#functions.length >= MAX_FUNCTIONS) return;
      const index = this.#functions.length;
      this.#functions.push({ place: { path, name, line, lines }, hashes });
      for (const hash of hashes) this.#share(hash, index);
    }
  }

  /** The pairs that are alike, the longest first. */
  pairs(): Duplicate[] {
    const found = this.#functions.flatMap((_, index) => this.#pairsOf(index));
    return found.sort((a, b) =>
      b.first.lines - a.first.lines || b.likeness - a.likeness
    );
  }

  #share(hash: number, index: number): void {
    const sharers = this.#byHash.get(hash);
    if (sharers === undefined) this.#byHash.set(hash, [index]);
    else if (sharers.length <= MAX_SHARERS) sharers.push(index);
  }

  #pairsOf(index: number): Duplicate[] {
    const later = this.#functions[index];
    if (later === undefined) return [];
    const pairs: Duplicate[] = [];
    for (const [other, shared] of this.#sharedWith(index, later.hashes)) {
      const earlier = this.#functions[other];
      if (earlier === undefined || contains(earlier.place, later.place)) {
        continue;
      }
      const all = earlier.hashes.length + later.hashes.length - shared;
      const likeness = shared / all;
      if (likeness < MIN_LIKENESS) continue;
      pairs.push({ first: earlier.place, second: later.place, likeness });
    }
    return pairs;
  }

  /** Functions remembered before this one, with how many hashes they share. */
  #sharedWith(index: number, hashes: readonly number[]): Map<number, number> {
    const shared = new Map<number, number>();
    for (const hash of hashes) {
      const sharers = this.#byHash.get(hash) ?? [];
      if (sharers.length > MAX_SHARERS) continue;
      for (const other of sharers) {
        if (other < index) shared.set(other, (shared.get(other) ?? 0) + 1);
      }
    }
    return shared;
  }
}

/** A function that holds the other one looks like it by nature. */
function contains(outer: FunctionPlace, inner: FunctionPlace): boolean {
  return outer.path === inner.path && outer.line <= inner.line &&
    inner.line < outer.line + outer.lines;
}
