import { crc32 } from "node:zlib";
import type { RoomyPut, RoomyUpdate } from "./change_batch.ts";
import {
  isWhole,
  KINDS_BY_NUMBER,
  NAME_BYTES,
  readKey,
  readNumber,
  sealPart,
  SUM_BYTES,
  writeName,
  writeNumber,
} from "./record_sums.ts";
import type { RecordKind } from "./store.ts";

/**
 * Bytes of a block, but for one with a single entry that has more: what fits
 * into a page of the file, so that a damaged page costs no other block.
 */
const BLOCK_BYTES = 4000;

/**
 * An entry of a block:
 *
 * ```text
 * type                       u8   1 put, 2 update, 3 removes
 * kind, key                  u8, u64  of removes, how many they are
 * bytes of the body          u32
 * bytes of the state         u32  of removes, of their keys
 * the body
 * the state, or the keys     u64 each
 * checksum of all of it      u32
 * ```
 *
 * Numbers are little-endian. A checksum begins with the number of the block:
 * so an entry is worth nothing in another.
 */
const PUT = 1;
const UPDATE = 2;
const REMOVES = 3;
const AT_NAME = 1;
const AT_BODY_BYTES = AT_NAME + NAME_BYTES;
const AT_STATE_BYTES = AT_BODY_BYTES + 4;
const HEAD_BYTES = AT_STATE_BYTES + 4;
const KEY_BYTES = 8;
/** Bytes that are held for blocks from one commit to the next. */
const MAX_ROOM_BYTES = 256 * 1024;
const NOTHING = new Uint8Array(SUM_BYTES);

const KEYS_AT_ONCE = Math.floor(
  (BLOCK_BYTES - HEAD_BYTES - SUM_BYTES) / KEY_BYTES,
);

/** A block as it is written. */
export interface NurseryBlock {
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** The end of records. */
export interface NurseryRemoves {
  readonly type: "removes";
  readonly kind: RecordKind;
  readonly keys: readonly number[];
}

/** An entry as it is read. */
export interface NurseryEntry {
  readonly change: RoomyPut | RoomyUpdate | NurseryRemoves;
  /** Whether it is what was written. */
  readonly isWhole: boolean;
}

/** Writes changes into blocks, one after the other. */
export class NurseryWriter {
  #blocks: NurseryBlock[] = [];
  #first = 0;
  #bytes = new Uint8Array(BLOCK_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #start = 0;
  #at = 0;
  #numberSum = 0;

  /** Begins anew; `first` is the number of the first block. The blocks of before are written over. */
  begin(first: number): void {
    this.#first = first;
    this.#blocks = [];
    this.#start = this.#at = 0;
    this.#numberSum = sumOf(first);
    if (this.#bytes.length > MAX_ROOM_BYTES) this.#makeRoom(MAX_ROOM_BYTES);
  }

  /** A new record. */
  put({ kind, key, body, state }: RoomyPut): void {
    this.#write(PUT, kind, key, body, state);
  }

  /** Another state of a record. */
  update({ kind, key, state }: RoomyUpdate): void {
    this.#write(UPDATE, kind, key, NOTHING, state);
  }

  /** The end of records. */
  remove(kind: RecordKind, keys: readonly number[]): void {
    for (let from = 0; from < keys.length; from += KEYS_AT_ONCE) {
      const some = keys.slice(from, from + KEYS_AT_ONCE);
      const bytes = new Uint8Array(some.length * KEY_BYTES + SUM_BYTES);
      const view = new DataView(bytes.buffer);
      for (const [index, key] of some.entries()) {
        writeNumber(view, index * KEY_BYTES, key);
      }
      this.#write(REMOVES, kind, some.length, NOTHING, bytes);
    }
  }

  /** All that was written. */
  finish(): readonly NurseryBlock[] {
    this.#endBlock();
    return this.#blocks;
  }

  #write(
    type: number,
    kind: RecordKind,
    key: number,
    body: Uint8Array,
    state: Uint8Array,
  ): void {
    const bodyBytes = body.length - SUM_BYTES;
    const length = HEAD_BYTES + bodyBytes + state.length;
    this.#reserve(length);
    const at = this.#at;
    this.#bytes[at] = type;
    writeName(this.#view, at + AT_NAME, kind, key);
    this.#view.setUint32(at + AT_BODY_BYTES, bodyBytes, true);
    this.#view.setUint32(at + AT_STATE_BYTES, state.length - SUM_BYTES, true);
    // What comes next is written over the room for the body's own checksum.
    this.#bytes.set(body, at + HEAD_BYTES);
    this.#bytes.set(state, at + HEAD_BYTES + bodyBytes);
    this.#at += length;
    sealPart(this.#numberSum, this.#bytes.subarray(at, this.#at));
  }

  #reserve(length: number): void {
    const end = Math.min(this.#start + BLOCK_BYTES, this.#bytes.length);
    if (this.#at + length <= end) return;
    this.#endBlock();
    if (this.#at + length <= this.#bytes.length) return;
    const most = Math.min(2 * this.#bytes.length, MAX_ROOM_BYTES);
    this.#makeRoom(Math.max(length, most));
  }

  /** The blocks so far are views on what was there before. */
  #makeRoom(bytes: number): void {
    this.#bytes = new Uint8Array(bytes);
    this.#view = new DataView(this.#bytes.buffer);
    this.#start = this.#at = 0;
  }

  #endBlock(): void {
    if (this.#at > this.#start) {
      const bytes = this.#bytes.subarray(this.#start, this.#at);
      this.#blocks.push({ number: this.#nextNumber, bytes });
    }
    this.#start = this.#at;
    this.#numberSum = sumOf(this.#nextNumber);
  }

  get #nextNumber(): number {
    return this.#first + this.#blocks.length;
  }
}

/**
 * The entries of a block. One that is damaged is given if what comes after it
 * can be found; if not, it is the last.
 *
 * @returns Whether all of it could be read.
 */
export function* readBlock(
  { number, bytes }: NurseryBlock,
): Generator<NurseryEntry, boolean> {
  const places = new NurseryPlaces(number, bytes);
  let at = 0;
  while (at < bytes.length) {
    const end = places.endOf(at);
    const entry = places.entryAt(at);
    if (end === undefined || !entry) return false;
    // Its lengths are believed where something whole follows from them.
    const isFound = entry.isWhole || end === bytes.length ||
      places.isWholeAt(end);
    if (!isFound) return false;
    yield entry;
    at = end;
  }
  return true;
}

/** Where the entries of a block are. */
class NurseryPlaces {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #numberSum: number;

  constructor(number: number, bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#numberSum = sumOf(number);
  }

  /** Where the entry here ends; `undefined` if there can be none. */
  endOf(at: number): number | undefined {
    if (at + HEAD_BYTES > this.#bytes.length) return undefined;
    const end = this.#stateAt(at) +
      this.#view.getUint32(at + AT_STATE_BYTES, true) + SUM_BYTES;
    return end <= this.#bytes.length ? end : undefined;
  }

  isWholeAt(at: number): boolean {
    const end = this.endOf(at);
    return end !== undefined &&
      isWhole(this.#numberSum, this.#bytes, at, end);
  }

  /** The entry here; `undefined` if there is none. */
  entryAt(at: number): NurseryEntry | undefined {
    const end = this.endOf(at);
    const kind = KINDS_BY_NUMBER.get(this.#bytes[at + AT_NAME] ?? 0);
    if (end === undefined || !kind) return undefined;
    const isWhole = this.isWholeAt(at);
    const key = readKey(this.#view, at + AT_NAME);
    const stateAt = this.#stateAt(at);
    const stateEnd = end - SUM_BYTES;
    const body = () => this.#roomy(at + HEAD_BYTES, stateAt);
    const state = () => this.#roomy(stateAt, stateEnd);
    switch (this.#bytes[at]) {
      case PUT: {
        const change = { kind, key, body: body(), state: state() };
        return { change: { type: "put", ...change }, isWhole };
      }
      case UPDATE: {
        const change = { kind, key, state: state() };
        return { change: { type: "update", ...change }, isWhole };
      }
      case REMOVES: {
        const change = { kind, keys: this.#keys(stateAt, stateEnd) };
        return { change: { type: "removes", ...change }, isWhole };
      }
      default:
        return undefined;
    }
  }

  #stateAt(at: number): number {
    return at + HEAD_BYTES + this.#view.getUint32(at + AT_BODY_BYTES, true);
  }

  #roomy(start: number, end: number): Uint8Array {
    const part = new Uint8Array(end - start + SUM_BYTES);
    part.set(this.#bytes.subarray(start, end));
    return part;
  }

  #keys(start: number, end: number): number[] {
    const keys: number[] = [];
    for (let at = start; at + KEY_BYTES <= end; at += KEY_BYTES) {
      keys.push(readNumber(this.#view, at));
    }
    return keys;
  }
}

/** What the checksums of a block's entries begin with. */
function sumOf(number: number): number {
  const bytes = new Uint8Array(KEY_BYTES);
  writeNumber(new DataView(bytes.buffer), 0, number);
  return crc32(bytes);
}
