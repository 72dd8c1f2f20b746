import type { LastChanges, RoomyPut } from "./change_batch.ts";
import { RecordSums, sealPart } from "./record_sums.ts";
import type { SqliteDatabase, SqliteValue } from "./sqlite_database.ts";
import type { RecordKind } from "./store.ts";

/** Rows that one statement takes, most first: what a row costs is mostly the way to SQLite and back. */
const ROWS_AT_ONCE: readonly number[] = [64, 8, 1];

/** A record that is young no more. */
export interface Adopted {
  readonly put: RoomyPut;
  /** Whether it is what was written. */
  readonly isWhole: boolean;
}

/** The rows of one kind of record, as they are changed. */
export class SqliteTable {
  readonly #database: SqliteDatabase;
  readonly #kind: RecordKind;
  readonly #sums = new RecordSums();

  constructor(database: SqliteDatabase, kind: RecordKind) {
    this.#database = database;
    this.#kind = kind;
  }

  /** The highest key; -1 if there is no record. */
  get highestKey(): number {
    const key = this.#database.value(`SELECT max(key) FROM "${this.#kind}"`);
    return Number(key ?? -1);
  }

  /** Makes changes. @returns How many more records there are. */
  change({ puts, updates, removes }: LastChanges): number {
    const removed = this.#remove(removes);
    const added = this.put(puts);
    for (const { key, state } of updates) {
      sealPart(this.#nameSum(key), state);
      this.#database.run(
        `UPDATE "${this.#kind}" SET state = ? WHERE key = ?`,
        state,
        key,
      );
    }
    return added - removed;
  }

  /** Puts records. @returns How many of them are new. */
  put(puts: readonly RoomyPut[]): number {
    let added = 0;
    for (const group of inGroups(puts)) {
      for (const put of group) this.#seal(put);
      const fresh = this.#insert(group);
      if (fresh < group.length) this.#overwrite(group);
      added += fresh;
    }
    return added;
  }

  /** Takes over records that are young no more, where there are none; the damaged in a way that tells whoever reads them. */
  adopt(records: readonly Adopted[]): void {
    for (const group of inGroups(records)) {
      for (const { put, isWhole } of group) {
        this.#seal(put);
        if (!isWhole) breakSeals(put);
      }
      this.#insert(group.map(({ put }) => put));
    }
  }

  #seal({ key, body, state }: RoomyPut): void {
    const nameSum = this.#nameSum(key);
    sealPart(nameSum, body);
    sealPart(nameSum, state);
  }

  /** @returns How many were not there. */
  #insert(group: readonly RoomyPut[]): number {
    const values: SqliteValue[] = [];
    for (const { key, body, state } of group) values.push(key, body, state);
    return this.#database.run(
      `INSERT OR IGNORE INTO "${this.#kind}" VALUES ${
        rowsOf("(?, ?, ?)", group.length)
      }`,
      ...values,
    );
  }

  /** Puts that found a record in their place; those that did not lose nothing by it. */
  #overwrite(puts: readonly RoomyPut[]): void {
    for (const { key, body, state } of puts) {
      this.#database.run(
        `UPDATE "${this.#kind}" SET body = ?, state = ? WHERE key = ?`,
        body,
        state,
        key,
      );
    }
  }

  #remove(keys: readonly number[]): number {
    let removed = 0;
    for (const group of inGroups(keys)) {
      removed += this.#database.run(
        `DELETE FROM "${this.#kind}" WHERE key IN (${
          rowsOf("?", group.length)
        })`,
        ...group,
      );
    }
    return removed;
  }

  #nameSum(key: number): number {
    return this.#sums.nameSum(this.#kind, key);
  }
}

function breakSeals({ body, state }: RoomyPut): void {
  for (const part of [body, state]) {
    part[part.length - 1] = ~(part.at(-1) ?? 0);
  }
}

/** Rows, as many at a time as one statement takes. */
export function* inGroups<T>(rows: readonly T[]): Generator<readonly T[]> {
  let at = 0;
  for (const size of ROWS_AT_ONCE) {
    for (; rows.length - at >= size; at += size) {
      yield rows.slice(at, at + size);
    }
  }
}

/** The values of a statement that takes so many rows. */
export function rowsOf(row: string, count: number): string {
  return Array<string>(count).fill(row).join(", ");
}
