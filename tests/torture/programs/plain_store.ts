import { DatabaseSync } from "node:sqlite";
import { BusError } from "../../../core/errors.ts";
import {
  type Change,
  RECORD_KINDS,
  type RecordKind,
  type Store,
  type StoredRecord,
  type StoreSize,
} from "../../../storage/store.ts";

const CHECKPOINT_PAGES = 64;

/**
 * A store that keeps as much as SQLite is told to sync, to see whether the
 * torture finds out when that is too little. No checksums, no Worker.
 */
export class PlainStore implements Store {
  readonly name = "plain";
  readonly #path: string;
  readonly #synchronous: "OFF" | "NORMAL" | "FULL";
  #database: DatabaseSync | undefined;
  size: StoreSize = { bytes: 0, records: 0 };

  /** Not open yet. */
  constructor(path: string, synchronous: "OFF" | "NORMAL" | "FULL") {
    this.#path = path;
    this.#synchronous = synchronous;
  }

  async *open(): AsyncIterable<readonly StoredRecord[]> {
    const database = this.#opened();
    yield await Promise.resolve(recordsOf(database));
  }

  /** Reads it, at once. */
  recordsNow(): readonly StoredRecord[] {
    return recordsOf(this.#opened());
  }

  commit(changes: readonly Change[]): Promise<void> {
    const database = this.#database;
    if (!database) {
      return Promise.reject(
        new BusError("storage", "Cannot commit as the store is not open"),
      );
    }
    database.exec("BEGIN IMMEDIATE");
    for (const one of changes) apply(database, one);
    database.exec("COMMIT");
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.closeNow();
    return Promise.resolve();
  }

  /** Lets go of it, at once. */
  closeNow(): void {
    this.#database?.close();
    this.#database = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #opened(): DatabaseSync {
    const database = new DatabaseSync(this.#path);
    database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = ${this.#synchronous};
      PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
      CREATE TABLE IF NOT EXISTS record (
        kind INTEGER, key INTEGER, body BLOB, state BLOB,
        PRIMARY KEY (kind, key)
      ) WITHOUT ROWID;
    `);
    this.#database = database;
    return database;
  }
}

function apply(database: DatabaseSync, change: Change): void {
  const kind = RECORD_KINDS.indexOf(change.kind);
  switch (change.type) {
    case "put":
      database.prepare("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)")
        .run(kind, change.key, change.body, change.state);
      return;
    case "update":
      database.prepare(
        "UPDATE record SET state = ? WHERE kind = ? AND key = ?",
      ).run(change.state, kind, change.key);
      return;
    case "remove":
      database.prepare("DELETE FROM record WHERE kind = ? AND key = ?")
        .run(kind, change.key);
  }
}

function recordsOf(database: DatabaseSync): StoredRecord[] {
  const rows = database.prepare("SELECT * FROM record ORDER BY kind, key");
  return rows.all().map((row) => ({
    kind: RECORD_KINDS[Number(row.kind)] as RecordKind,
    key: Number(row.key),
    body: row.body as Uint8Array,
    state: row.state as Uint8Array,
  }));
}
