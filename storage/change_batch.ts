import { crc32 } from "node:zlib";
import {
  KIND_NUMBERS,
  NAME_BYTES,
  readKey,
  sealPart,
  SUM_BYTES,
  writeName,
} from "./record_sums.ts";
import { type Change, RECORD_KINDS, type RecordKind } from "./store.ts";

/**
 * Changes on their way to the thread that writes them, one after the other in
 * one buffer:
 *
 * ```text
 * number of changes                       u32
 * each change
 *   type                                  u8   0 put, 1 update, 2 remove
 *   kind, key                             u8, u64
 *   bytes of the body, with its sum       u32  0 where there is none
 *   bytes of the state, with its sum      u32  0 where there is none
 *   the body, and room for its sum
 *   the state, and room for its sum
 * ```
 *
 * Numbers are little-endian. The sums are written where the batch is read, so
 * that their time is not the sender's.
 */
const COUNT_BYTES = 4;
const HEAD_BYTES = 1 + NAME_BYTES + 4 + 4;
const AT_NAME = 1;
const AT_BODY_BYTES = AT_NAME + NAME_BYTES;
const AT_STATE_BYTES = AT_BODY_BYTES + 4;

const TYPES: readonly Change["type"][] = ["put", "update", "remove"];
const KINDS: ReadonlyMap<number, RecordKind> = new Map(
  RECORD_KINDS.map((kind) => [KIND_NUMBERS[kind], kind]),
);

/** A change as it is written: the parts of the record end with their checksums. */
export type SealedChange = Change;

/** Puts changes into one buffer, which holds on to nothing of theirs. */
export function encodeBatch(changes: readonly Change[]): ArrayBuffer {
  let length = COUNT_BYTES;
  for (const change of changes) length += HEAD_BYTES + partsBytes(change);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, changes.length, true);
  let at = COUNT_BYTES;
  for (const change of changes) {
    const { type, kind, key } = change;
    view.setUint8(at, TYPES.indexOf(type));
    writeName(view, at + AT_NAME, kind, key);
    const body = type === "put" ? change.body : undefined;
    const state = type === "remove" ? undefined : change.state;
    view.setUint32(at + AT_BODY_BYTES, sealedBytes(body), true);
    view.setUint32(at + AT_STATE_BYTES, sealedBytes(state), true);
    at += HEAD_BYTES;
    if (body) bytes.set(body, at);
    at += sealedBytes(body);
    if (state) bytes.set(state, at);
    at += sealedBytes(state);
  }
  return bytes.buffer;
}

/** The changes of a buffer, each part sealed; they are views on it. */
export function* decodeBatch(buffer: ArrayBuffer): Generator<SealedChange> {
  const view = new DataView(buffer);
  const count = view.getUint32(0, true);
  let at = COUNT_BYTES;
  for (let index = 0; index < count; index++) {
    const type = TYPES[view.getUint8(at)];
    const kind = KINDS.get(view.getUint8(at + AT_NAME));
    if (!type || !kind) {
      throw new TypeError(
        `Cannot read batch as change ${index} must have a type and a kind: it has not`,
      );
    }
    const key = readKey(view, at + AT_NAME);
    const nameSum = crc32(new Uint8Array(buffer, at + AT_NAME, NAME_BYTES));
    const bodyBytes = view.getUint32(at + AT_BODY_BYTES, true);
    const stateBytes = view.getUint32(at + AT_STATE_BYTES, true);
    at += HEAD_BYTES;
    if (type === "remove") {
      yield { type, kind, key };
      continue;
    }
    const body = new Uint8Array(buffer, at, bodyBytes);
    const state = new Uint8Array(buffer, at + bodyBytes, stateBytes);
    at += bodyBytes + stateBytes;
    sealPart(nameSum, state);
    if (type === "put") sealPart(nameSum, body);
    yield type === "put"
      ? { type, kind, key, body, state }
      : { type, kind, key, state };
  }
}

function partsBytes(change: Change): number {
  if (change.type === "remove") return 0;
  const state = sealedBytes(change.state);
  return change.type === "put" ? sealedBytes(change.body) + state : state;
}

function sealedBytes(part: Uint8Array | undefined): number {
  return part ? part.length + SUM_BYTES : 0;
}
