import {
  KINDS_BY_NUMBER,
  NAME_BYTES,
  readKey,
  SUM_BYTES,
  writeName,
} from "./record_sums.ts";
import type { Change, RecordKind } from "./store.ts";

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
 * Numbers are little-endian. The sums are written when a record goes to its
 * table, so that their time is not the sender's.
 */
const COUNT_BYTES = 4;
const HEAD_BYTES = 1 + NAME_BYTES + 4 + 4;
const AT_NAME = 1;
const AT_BODY_BYTES = AT_NAME + NAME_BYTES;
const AT_STATE_BYTES = AT_BODY_BYTES + 4;

const TYPES: readonly Change["type"][] = ["put", "update", "remove"];

/** A change on its way to the file: the parts of the record end with room for their checksums. */
export type RoomyChange = Change;
/** A new record, likewise. */
export type RoomyPut = Extract<RoomyChange, { type: "put" }>;
/** Another state of a record, likewise. */
export type RoomyUpdate = Extract<RoomyChange, { type: "update" }>;

/** What the changes of one kind of record come to: one of each record. */
export interface LastChanges {
  readonly puts: RoomyPut[];
  readonly updates: RoomyUpdate[];
  readonly removes: number[];
}

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
    view.setUint32(at + AT_BODY_BYTES, roomyBytes(body), true);
    view.setUint32(at + AT_STATE_BYTES, roomyBytes(state), true);
    at += HEAD_BYTES;
    if (body) bytes.set(body, at);
    at += roomyBytes(body);
    if (state) bytes.set(state, at);
    at += roomyBytes(state);
  }
  return bytes.buffer;
}

/** The changes of a buffer; they are views on it. */
export function* decodeBatch(buffer: ArrayBuffer): Generator<RoomyChange> {
  const view = new DataView(buffer);
  const count = view.getUint32(0, true);
  let at = COUNT_BYTES;
  for (let index = 0; index < count; index++) {
    const type = TYPES[view.getUint8(at)];
    const kind = KINDS_BY_NUMBER.get(view.getUint8(at + AT_NAME));
    if (!type || !kind) {
      throw new TypeError(
        `Cannot read batch as change ${index} must have a type and a kind: it has not`,
      );
    }
    const key = readKey(view, at + AT_NAME);
    const bodyBytes = view.getUint32(at + AT_BODY_BYTES, true);
    const stateBytes = view.getUint32(at + AT_STATE_BYTES, true);
    at += HEAD_BYTES;
    if (type === "remove") {
      yield { type, kind, key };
      continue;
    }
    const state = new Uint8Array(buffer, at + bodyBytes, stateBytes);
    yield type === "put"
      ? { type, kind, key, body: new Uint8Array(buffer, at, bodyBytes), state }
      : { type, kind, key, state };
    at += bodyBytes + stateBytes;
  }
}

/** What the changes of a buffer come to, by kind. */
export function lastChanges(
  buffer: ArrayBuffer,
): Map<RecordKind, LastChanges> {
  const kinds = new Map<RecordKind, Map<number, RoomyChange>>();
  for (const change of decodeBatch(buffer)) {
    let byKey = kinds.get(change.kind);
    if (!byKey) kinds.set(change.kind, byKey = new Map());
    const before = byKey.get(change.key);
    byKey.set(change.key, before ? merge(before, change) : change);
  }
  const all = new Map<RecordKind, LastChanges>();
  for (const [kind, byKey] of kinds) all.set(kind, sorted(byKey.values()));
  return all;
}

function merge(before: RoomyChange, change: RoomyChange): RoomyChange {
  if (change.type !== "update" || before.type === "update") return change;
  // Of a record that is gone, there is nothing to change.
  return before.type === "put" ? { ...before, state: change.state } : before;
}

function sorted(changes: Iterable<RoomyChange>): LastChanges {
  const last: LastChanges = { puts: [], updates: [], removes: [] };
  for (const change of changes) {
    if (change.type === "put") last.puts.push(change);
    else if (change.type === "update") last.updates.push(change);
    else last.removes.push(change.key);
  }
  return last;
}

function partsBytes(change: Change): number {
  if (change.type === "remove") return 0;
  const state = roomyBytes(change.state);
  return change.type === "put" ? roomyBytes(change.body) + state : state;
}

function roomyBytes(part: Uint8Array | undefined): number {
  return part ? part.length + SUM_BYTES : 0;
}
