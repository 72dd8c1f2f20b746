import { SUM_BYTES } from "./record_sums.ts";
import type { RecordKind, StoredRecord } from "./store.ts";

/** Records of one kind on their way from the thread that reads them, in few pieces. */
export interface RecordGroup {
  readonly kind: RecordKind;
  readonly keys: Float64Array<ArrayBuffer>;
  /** Of each record: bytes of the body with its sum, bytes of the state with its sum. */
  readonly lengths: Float64Array<ArrayBuffer>;
  /** Body and state of each, one after the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Records that are not what was written, by key; they are in nothing of the above. */
  readonly damaged: readonly StoredRecord[];
}

/** The buffers of a group that can be handed over instead of copied. */
export function transferablesOf(group: RecordGroup): ArrayBuffer[] {
  return [group.keys.buffer, group.lengths.buffer, group.bytes.buffer];
}

/** The last key of a group. */
export function lastKey({ keys, damaged }: RecordGroup): number {
  return Math.max(keys.at(-1) ?? -1, damaged.at(-1)?.key ?? -1);
}

/** A record as it is on the way: the parts with their sums, or room for them. */
export interface GroupedRecord {
  readonly key: number;
  readonly body: Uint8Array;
  readonly state: Uint8Array;
}

/** Records by key, in few pieces. */
export function groupOf(
  kind: RecordKind,
  records: readonly GroupedRecord[],
  damaged: readonly StoredRecord[] = [],
): RecordGroup {
  const keys = new Float64Array(records.length);
  const lengths = new Float64Array(2 * records.length);
  for (const [index, { key, body, state }] of records.entries()) {
    keys[index] = key;
    lengths[2 * index] = body.length;
    lengths[2 * index + 1] = state.length;
  }
  const bytes = joined(records.flatMap(({ body, state }) => [body, state]));
  return { kind, keys, lengths, bytes, damaged };
}

/** A group with further records among its own. */
export function mergedGroup(
  group: RecordGroup,
  more: readonly GroupedRecord[],
): RecordGroup {
  const records = [...viewsOf(group, 0), ...more];
  records.sort((one, other) => one.key - other.key);
  return groupOf(group.kind, records, group.damaged);
}

/** The records of a group, by key. Their bytes are views on the group's. */
export function recordsOf(group: RecordGroup): StoredRecord[] {
  const records = viewsOf(group, SUM_BYTES);
  if (group.damaged.length === 0) return records;
  return [...records, ...group.damaged]
    .sort((one, other) => one.key - other.key);
}

/** The records of a group that are whole, each part without so many bytes at its end. */
function viewsOf(group: RecordGroup, less: number): StoredRecord[] {
  const { kind, keys, lengths, bytes } = group;
  const records: StoredRecord[] = [];
  let at = 0;
  for (let index = 0; index < keys.length; index++) {
    const bodyBytes = lengths[2 * index] ?? 0;
    const stateBytes = lengths[2 * index + 1] ?? 0;
    const end = at + bodyBytes;
    records.push({
      kind,
      key: keys[index] ?? 0,
      body: bytes.subarray(at, end - less),
      state: bytes.subarray(end, end + stateBytes - less),
    });
    at = end + stateBytes;
  }
  return records;
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
