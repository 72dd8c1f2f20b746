import type { SealedChange } from "./change_batch.ts";
import type { SqliteDatabase, SqliteValue } from "./sqlite_database.ts";
import type { RecordKind } from "./store.ts";

type Put = Extract<SealedChange, { type: "put" }>;
type Update = Extract<SealedChange, { type: "update" }>;

/** Rows that one statement takes, most first: what a row costs is mostly the way to SQLite and back. */
const ROWS_AT_ONCE: readonly number[] = [64, 8, 1];

/** The rows of one kind of record, as they are changed. */
export class SqliteTable {
  readonly #database: SqliteDatabase;
  readonly #kind: RecordKind;

  constructor(database: SqliteDatabase, kind: RecordKind) {
    this.#database = database;
    this.#kind = kind;
  }

  /** Makes changes in their order. @returns How many more records there are. */
  change(changes: readonly SealedChange[]): number {
    const { puts, updates, removes } = lastOfEach(changes);
    const removed = this.#remove(removes);
    const added = this.#put(puts);
    for (const { key, state } of updates) {
      this.#database.run(
        `UPDATE "${this.#kind}" SET state = ? WHERE key = ?`,
        state,
        key,
      );
    }
    return added - removed;
  }

  #put(puts: readonly Put[]): number {
    let added = 0;
    for (const group of inGroups(puts)) {
      const values: SqliteValue[] = [];
      for (const { key, body, state } of group) values.push(key, body, state);
      const fresh = this.#database.run(
        `INSERT OR IGNORE INTO "${this.#kind}" VALUES ${
          rowsOf("(?, ?, ?)", group.length)
        }`,
        ...values,
      );
      if (fresh < group.length) this.#overwrite(group);
      added += fresh;
    }
    return added;
  }

  /** Puts that found a record in their place; those that did not lose nothing by it. */
  #overwrite(puts: readonly Put[]): void {
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
}

interface Last {
  readonly puts: Put[];
  readonly updates: Update[];
  readonly removes: number[];
}

/** What changes of one batch come to: one of each record. */
function lastOfEach(changes: readonly SealedChange[]): Last {
  const byKey = new Map<number, SealedChange>();
  for (const change of changes) {
    const before = byKey.get(change.key);
    byKey.set(change.key, before ? merge(before, change) : change);
  }
  const last: Last = { puts: [], updates: [], removes: [] };
  for (const change of byKey.values()) {
    if (change.type === "put") last.puts.push(change);
    else if (change.type === "update") last.updates.push(change);
    else last.removes.push(change.key);
  }
  return last;
}

function merge(before: SealedChange, change: SealedChange): SealedChange {
  if (change.type !== "update" || before.type === "update") return change;
  // Of a record that is gone, there is nothing to change.
  return before.type === "put" ? { ...before, state: change.state } : before;
}

function* inGroups<T>(rows: readonly T[]): Generator<readonly T[]> {
  let at = 0;
  for (const size of ROWS_AT_ONCE) {
    for (; rows.length - at >= size; at += size) {
      yield rows.slice(at, at + size);
    }
  }
}

function rowsOf(row: string, count: number): string {
  return Array<string>(count).fill(row).join(", ");
}
