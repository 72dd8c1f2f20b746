import { crc32 } from "node:zlib";
import { RECORD_KINDS, type RecordKind } from "./store.ts";

/** The numbers by which files know the kinds. They never change their meaning. */
export const KIND_NUMBERS: Readonly<Record<RecordKind, number>> = {
  rule: 1,
  agent: 2,
  subscription: 3,
  sends: 4,
  message: 5,
  copy: 6,
  letter: 7,
  history: 8,
};

/** The kinds by these numbers. */
export const KINDS_BY_NUMBER: ReadonlyMap<number, RecordKind> = new Map(
  RECORD_KINDS.map((kind) => [KIND_NUMBERS[kind], kind]),
);

/** Bytes of a checksum, which stands behind what it is of. */
export const SUM_BYTES = 4;
/** Bytes by which a record is named: its kind's number, and its key. */
export const NAME_BYTES = 9;

/**
 * The checksums of records. Each takes in the record's name before the part
 * that it is of, body or state: so a part is worth nothing in another's place.
 */
export class RecordSums {
  readonly #name = new Uint8Array(NAME_BYTES);
  readonly #view = new DataView(this.#name.buffer);

  /** What the checksums of a record's parts begin with. */
  nameSum(kind: RecordKind, key: number): number {
    writeName(this.#view, 0, kind, key);
    return crc32(this.#name);
  }
}

/** Writes what the checksums take in of a record's name. */
export function writeName(
  view: DataView,
  at: number,
  kind: RecordKind,
  key: number,
): void {
  view.setUint8(at, KIND_NUMBERS[kind]);
  writeNumber(view, at + 1, key);
}

/** The key that {@linkcode writeName} wrote. */
export function readKey(view: DataView, at: number): number {
  return readNumber(view, at + 1);
}

/** Writes a whole number from 0, in eight bytes. */
export function writeNumber(view: DataView, at: number, number: number): void {
  view.setUint32(at, number >>> 0, true);
  view.setUint32(at + 4, Math.floor(number / 2 ** 32), true);
}

/** The number that {@linkcode writeNumber} wrote. */
export function readNumber(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}

/** Writes the checksum of a part into the last bytes, which are kept free for it. */
export function sealPart(nameSum: number, part: Uint8Array): void {
  const at = part.length - SUM_BYTES;
  const sum = crc32(part.subarray(0, at), nameSum);
  part[at] = sum;
  part[at + 1] = sum >>> 8;
  part[at + 2] = sum >>> 16;
  part[at + 3] = sum >>> 24;
}

/** Whether a part, or the bytes from `start` up to `end`, is what was sealed. */
export function isWhole(
  nameSum: number,
  bytes: Uint8Array,
  start = 0,
  end: number = bytes.length,
): boolean {
  const at = end - SUM_BYTES;
  if (at < start || end > bytes.length) return false;
  const sum = crc32(bytes.subarray(start, at), nameSum);
  return bytes[at] === (sum & 255) && bytes[at + 1] === (sum >>> 8 & 255) &&
    bytes[at + 2] === (sum >>> 16 & 255) && bytes[at + 3] === sum >>> 24;
}
