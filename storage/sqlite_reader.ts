import { readNumbers } from "./number_list.ts";
import type { NurseryContents } from "./nursery_reader.ts";
import {
  type GroupedRecord,
  groupOf,
  lastKey,
  mergedGroup,
  type RecordGroup,
} from "./record_group.ts";
import { isWhole, RecordSums, SUM_BYTES } from "./record_sums.ts";
import type { SqliteDatabase, SqliteValue } from "./sqlite_database.ts";
import { RECORD_KINDS, type RecordKind, type StoredRecord } from "./store.ts";

/** Most records that are read at once. */
const GROUP_RECORDS = 2048;
/** Most bytes of them together, but for one record that has more. */
const GROUP_BYTES = 1024 * 1024;

/** Reads the records of a file in their order, and checks each of them. */
export class SqliteReader {
  readonly #database: SqliteDatabase;
  readonly #young: NurseryContents["whole"];
  readonly #sums = new RecordSums();

  /** Reads the tables, and `young` as if they were in them. */
  constructor(database: SqliteDatabase, young: NurseryContents["whole"]) {
    this.#database = database;
    this.#young = young;
  }

  /** All records. Those that are given may be removed before the next are asked for. */
  *groups(): Generator<RecordGroup> {
    for (const kind of RECORD_KINDS) {
      const young = this.#young.get(kind)?.map(({ put }) => put);
      if (young) yield* this.#groupsAmong(kind, young);
      else yield* this.#groupsOf(kind);
    }
  }

  /** Those of a kind with the young ones in their places. */
  *#groupsAmong(
    kind: RecordKind,
    young: readonly GroupedRecord[],
  ): Generator<RecordGroup> {
    let rest = young;
    for (const group of this.#groupsOf(kind)) {
      const last = lastKey(group);
      const after = rest.findIndex(({ key }) => key > last);
      const count = after < 0 ? rest.length : after;
      yield count > 0 ? mergedGroup(group, rest.slice(0, count)) : group;
      rest = rest.slice(count);
    }
    for (let at = 0; at < rest.length; at += GROUP_RECORDS) {
      yield groupOf(kind, rest.slice(at, at + GROUP_RECORDS));
    }
  }

  *#groupsOf(kind: RecordKind): Generator<RecordGroup> {
    let from = 0;
    let limit = GROUP_RECORDS;
    while (true) {
      const [count, bytes] = this.#measure(kind, from, limit);
      if (count === 0) return;
      if (bytes > GROUP_BYTES && count > 1) {
        limit = Math.max(1, Math.floor(count / 2));
        continue;
      }
      const group = this.#together(kind, from, count) ??
        this.#oneByOne(kind, from, count);
      from = 1 + lastKey(group);
      yield group;
      if (bytes < GROUP_BYTES / 2) limit = Math.min(GROUP_RECORDS, 2 * limit);
    }
  }

  #measure(kind: RecordKind, from: number, limit: number): [number, number] {
    const [row = []] = this.#database.rows(
      `SELECT count(*), sum(bytes) FROM (
        SELECT length(body) + length(state) AS bytes
          FROM "${kind}" WHERE key >= ? ORDER BY key LIMIT ?)`,
      from,
      limit,
    );
    return [Number(row[0]), Number(row[1])];
  }

  /**
   * Has SQLite string the records together, as what takes time is to hand over
   * value by value. @returns `undefined` if not all of them are whole.
   */
  #together(
    kind: RecordKind,
    from: number,
    count: number,
  ): RecordGroup | undefined {
    const [row = []] = this.#database.rows(
      `SELECT
        group_concat(key),
        group_concat(length(body)),
        group_concat(length(state)),
        CAST(group_concat(body || state, '') AS BLOB)
      FROM (
        SELECT key, body, state FROM "${kind}" WHERE key >= ? ORDER BY key LIMIT ?)`,
      from,
      count,
    );
    const [keyList, bodyList, stateList, bytes] = row;
    // Of what is not there, nothing is strung together.
    const keys = readNumbers(keyList, count);
    const bodies = readNumbers(bodyList, count);
    const states = readNumbers(stateList, count);
    if (!keys || !bodies || !states || !(bytes instanceof Uint8Array)) return;
    const lengths = new Float64Array(2 * count);
    let at = 0;
    for (let index = 0; index < count; index++) {
      const nameSum = this.#sums.nameSum(kind, keys[index] as number);
      const end = at + (bodies[index] as number);
      const next = end + (states[index] as number);
      if (!isWhole(nameSum, bytes, at, end)) return;
      if (!isWhole(nameSum, bytes, end, next)) return;
      lengths[2 * index] = end - at;
      lengths[2 * index + 1] = next - end;
      at = next;
    }
    if (at !== bytes.length) return;
    const whole = bytes as Uint8Array<ArrayBuffer>;
    return { kind, keys, lengths, bytes: whole, damaged: [] };
  }

  /** Tells the whole from the damaged. */
  #oneByOne(kind: RecordKind, from: number, count: number): RecordGroup {
    const whole: StoredRecord[] = [];
    const damaged: StoredRecord[] = [];
    const rows = this.#database.rows(
      `SELECT key, CAST(body AS BLOB), CAST(state AS BLOB) FROM "${kind}"
        WHERE key >= ? ORDER BY key LIMIT ?`,
      from,
      count,
    );
    for (const [key, body, state] of rows) {
      const record = this.#check(
        kind,
        Number(key),
        bytesOf(body),
        bytesOf(state),
      );
      if (record.damage === undefined) whole.push(record);
      else damaged.push(record);
    }
    return groupOf(kind, whole, damaged);
  }

  #check(
    kind: RecordKind,
    key: number,
    body: Uint8Array,
    state: Uint8Array,
  ): StoredRecord {
    const nameSum = this.#sums.nameSum(kind, key);
    const wrong: string[] = [];
    if (!isWhole(nameSum, body)) wrong.push("body");
    if (!isWhole(nameSum, state)) wrong.push("state");
    if (wrong.length === 0) return { kind, key, body, state };
    const damage = `Cannot trust the ${
      wrong.join(" and the ")
    } of ${kind} ${key} as each must have its checksum: it does not match`;
    return {
      kind,
      key,
      body: body.slice(0, -SUM_BYTES),
      state: state.slice(0, -SUM_BYTES),
      damage,
    };
  }
}

function bytesOf(value: SqliteValue | undefined): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array();
}
