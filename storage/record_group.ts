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

/** The records of a group, by key. Their bytes are views on the group's. */
export function recordsOf(group: RecordGroup): StoredRecord[] {
  const { kind, keys, lengths, bytes, damaged } = group;
  const records: StoredRecord[] = [];
  let at = 0;
  for (let index = 0; index < keys.length; index++) {
    const bodyBytes = lengths[2 * index] ?? 0;
    const stateBytes = lengths[2 * index + 1] ?? 0;
    const end = at + bodyBytes;
    records.push({
      kind,
      key: keys[index] ?? 0,
      body: bytes.subarray(at, end - SUM_BYTES),
      state: bytes.subarray(end, end + stateBytes - SUM_BYTES),
    });
    at = end + stateBytes;
  }
  if (damaged.length === 0) return records;
  return [...records, ...damaged].sort((one, other) => one.key - other.key);
}
