import type { Dice } from "../../support/dice.ts";

/** What a disk writes as a whole, in bytes. */
const SECTOR_BYTES = 512;
/** What the kernel writes back as a whole, in bytes. */
const PAGE_BYTES = 4_096;
const LEAST_BYTES = 64 * 1024;

/** A change of a file that a power cut could still take; `to` is the line on which it ended. */
export type FileChange =
  & { readonly to: number }
  & (
    | { readonly at: number; readonly bytes: Uint8Array }
    | { readonly size: number }
  );

/** A file, with what was synced of it, and what was not. */
export class RecordedFile {
  readonly #synced = new Bytes();
  #unsynced: FileChange[] = [];
  #size = 0;

  /** How long it is for whoever reads it before a power cut. */
  get size(): number {
    return this.#size;
  }

  /** Whether it has changes that a power cut could still take. */
  get isUnsynced(): boolean {
    return this.#unsynced.length > 0;
  }

  /** Writes to it, or cuts it. */
  change(change: FileChange): void {
    this.#unsynced.push(change);
    this.#size = "size" in change
      ? change.size
      : Math.max(this.#size, change.at + change.bytes.length);
  }

  /** A sync that began on a line has ended: what had ended before that line stays. */
  sync(from: number): void {
    const stays = ({ to }: FileChange) => to < from;
    for (const one of this.#unsynced.filter(stays)) this.#synced.take(one);
    this.#unsynced = this.#unsynced.filter((one) => !stays(one));
  }

  /** With none, or with all of its changes that were not synced. */
  whole(part: "none" | "all"): Uint8Array {
    return this.#with(part === "all" ? this.#unsynced : []);
  }

  /** As it could be after a power cut. */
  cut(dice: Dice): Uint8Array {
    const all = this.#unsynced;
    if (all.length === 0) return this.#with([]);
    const kind = dice.weighted({
      none: 2,
      all: 1,
      first: 2,
      torn: 3,
      last: 2,
      sectors: 3,
      pages: 2,
    });
    const count = dice.int(0, all.length - 1);
    switch (kind) {
      case "none":
        return this.#with([]);
      case "all":
        return this.#with(all);
      case "first":
        return this.#with(all.slice(0, count));
      case "torn":
        return this.#torn(all.slice(0, count), all[count]!, dice);
      case "last":
        return this.#scattered(
          SECTOR_BYTES,
          (touching) => (touching.at(-1) ?? 0) >= count ? touching.length : 0,
        );
      case "sectors":
      case "pages": {
        const share = dice.pick([0.1, 0.5, 0.9]);
        return this.#scattered(
          kind === "sectors" ? SECTOR_BYTES : PAGE_BYTES,
          ({ length }) => dice.chance(share) ? dice.int(1, length) : 0,
        );
      }
    }
  }

  #with(changes: readonly FileChange[]): Uint8Array {
    const bytes = this.#synced.copy();
    for (const one of changes) bytes.take(one);
    return bytes.view();
  }

  /** With the first changes, and the beginning of the one that comes next. */
  #torn(first: readonly FileChange[], next: FileChange, dice: Dice) {
    if ("size" in next) return this.#with(first);
    const { at, bytes, to } = next;
    const sectors = [...blocksOf(at, bytes.length, SECTOR_BYTES)];
    const end = dice.pick(sectors.map((one) => one.from)) ?? at;
    return this.#with([...first, {
      at,
      bytes: bytes.subarray(0, end - at),
      to,
    }]);
  }

  /**
   * With some blocks written and others not. A block is written as it stood
   * after one of the changes: `keep` is handed those that touch it, by index,
   * and says how many of them had been made. What was cut stays cut.
   */
  #scattered(blockBytes: number, keep: (touching: number[]) => number) {
    const touching = new Map<number, number[]>();
    for (const [index, one] of this.#unsynced.entries()) {
      if ("size" in one) continue;
      for (const { block } of blocksOf(one.at, one.bytes.length, blockBytes)) {
        const list = touching.get(block) ?? [];
        touching.set(block, list);
        list.push(index);
      }
    }
    const lastOf = new Map<number, number>();
    for (const [block, indexes] of touching) {
      lastOf.set(block, indexes[keep(indexes) - 1] ?? -1);
    }
    const kept: FileChange[] = [];
    for (const [index, one] of this.#unsynced.entries()) {
      if ("size" in one) {
        kept.push(one);
        continue;
      }
      const { at, bytes, to } = one;
      for (
        const { block, from, end } of blocksOf(at, bytes.length, blockBytes)
      ) {
        if (index > (lastOf.get(block) ?? -1)) continue;
        kept.push({ at: from, bytes: bytes.subarray(from - at, end - at), to });
      }
    }
    return this.#with(kept);
  }
}

/** The blocks that a range touches, with the part of it in each. */
function* blocksOf(
  at: number,
  length: number,
  blockBytes: number,
): Generator<{ block: number; from: number; end: number }, undefined> {
  for (let from = at; from < at + length;) {
    const block = Math.floor(from / blockBytes);
    const end = Math.min((block + 1) * blockBytes, at + length);
    yield { block, from, end };
    from = end;
  }
}

/** Bytes of a file, with room to grow. */
class Bytes {
  #buffer: Uint8Array<ArrayBuffer>;
  #size: number;

  constructor(buffer = new Uint8Array(LEAST_BYTES), size = 0) {
    this.#buffer = buffer;
    this.#size = size;
  }

  copy(): Bytes {
    return new Bytes(this.#buffer.slice(), this.#size);
  }

  view(): Uint8Array {
    return this.#buffer.subarray(0, this.#size);
  }

  take(change: FileChange): void {
    if ("size" in change) {
      this.#grow(change.size);
      if (change.size < this.#size) this.#buffer.fill(0, change.size);
      this.#size = change.size;
      return;
    }
    const end = change.at + change.bytes.length;
    this.#grow(end);
    this.#buffer.set(change.bytes, change.at);
    this.#size = Math.max(this.#size, end);
  }

  #grow(size: number): void {
    if (size <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(size, this.#buffer.length * 2));
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}
