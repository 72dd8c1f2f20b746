import { crc32 } from "node:zlib";
import {
  type Change,
  RECORD_KINDS,
  type RecordKind,
} from "../../../storage/store.ts";

/** Changes that were written together, as they are read back. */
export interface Frame {
  readonly changes: readonly Change[];
  /** Tells it apart from whatever else may stand there; goes into the next one. */
  readonly checksum: number;
  /** Bytes of it. */
  readonly length: number;
}

/**
 * Writes changes as one piece: its length, a checksum over it and over all that
 * stands before it, and the changes. So a frame that was left from before, at a
 * place where another one ends by chance, is not taken for its successor.
 */
export function encodeFrame(
  changes: readonly Change[],
  checksumBefore: number,
): { bytes: Uint8Array; checksum: number } {
  let length = HEADER_BYTES;
  for (const change of changes) length += lengthOf(change);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = HEADER_BYTES;
  for (const change of changes) at = writeChange(change, bytes, view, at);
  const checksum = crc32(bytes.subarray(HEADER_BYTES), checksumBefore) || 1;
  view.setUint32(0, length);
  view.setUint32(4, checksum);
  return { bytes, checksum };
}

/** Reads the frame at a place; `undefined` where none begins, or it is not whole. */
export function decodeFrame(
  bytes: Uint8Array,
  at: number,
  checksumBefore: number,
): Frame | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (at + HEADER_BYTES > bytes.length) return undefined;
  const length = view.getUint32(at);
  const isInside = length > HEADER_BYTES && at + length <= bytes.length;
  if (!isInside) return undefined;
  const content = bytes.subarray(at + HEADER_BYTES, at + length);
  const checksum = crc32(content, checksumBefore) || 1;
  if (checksum !== view.getUint32(at + 4)) return undefined;
  const changes: Change[] = [];
  for (let from = at + HEADER_BYTES; from < at + length;) {
    const change = readChange(bytes, view, from);
    changes.push(change);
    from += lengthOf(change);
  }
  return { changes, checksum, length };
}

/** The length, and the checksum. */
const HEADER_BYTES = 8;
/** Of a change: its type, its kind, its key, and two lengths. */
const CHANGE_BYTES = 1 + 1 + 8 + 4 + 4;
const TYPES = ["put", "update", "remove"] as const;
const NOTHING = new Uint8Array();

function lengthOf(change: Change): number {
  return CHANGE_BYTES + bodyOf(change).length + stateOf(change).length;
}

function writeChange(
  change: Change,
  bytes: Uint8Array,
  view: DataView,
  at: number,
): number {
  const body = bodyOf(change);
  const state = stateOf(change);
  view.setUint8(at, TYPES.indexOf(change.type));
  view.setUint8(at + 1, RECORD_KINDS.indexOf(change.kind));
  view.setFloat64(at + 2, change.key);
  view.setUint32(at + 10, body.length);
  view.setUint32(at + 14, state.length);
  bytes.set(body, at + CHANGE_BYTES);
  bytes.set(state, at + CHANGE_BYTES + body.length);
  return at + CHANGE_BYTES + body.length + state.length;
}

function readChange(bytes: Uint8Array, view: DataView, at: number): Change {
  const type = TYPES[view.getUint8(at)] ?? "remove";
  const kind = RECORD_KINDS[view.getUint8(at + 1)] as RecordKind;
  const key = view.getFloat64(at + 2);
  const stateAt = at + CHANGE_BYTES + view.getUint32(at + 10);
  // Copies: what they are read from is written over later.
  const body = bytes.slice(at + CHANGE_BYTES, stateAt);
  const state = bytes.slice(stateAt, stateAt + view.getUint32(at + 14));
  if (type === "put") return { type, kind, key, body, state };
  return type === "update" ? { type, kind, key, state } : { type, kind, key };
}

function bodyOf(change: Change): Uint8Array {
  return change.type === "put" ? change.body : NOTHING;
}

function stateOf(change: Change): Uint8Array {
  return change.type === "remove" ? NOTHING : change.state;
}
