import {
  DatabaseSync,
  type SQLInputValue,
  type StatementSync,
} from "node:sqlite";
import { createFile } from "./store_files.ts";

/** What SQLite takes and gives. */
export type SqliteValue = null | number | bigint | string | Uint8Array;

/** How long another connection may take to let go of the file, in milliseconds. */
const BUSY_TIMEOUT_MS = 250;
/** Pages kept in memory, in KiB. */
const CACHE_KIB = 16 * 1024;

/** One connection to a SQLite file. Statements are prepared once: only those tell which error it was. */
export class SqliteDatabase implements Disposable {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  private constructor(path: string, readOnly: boolean) {
    this.#database = new DatabaseSync(path, {
      readOnly,
      timeout: BUSY_TIMEOUT_MS,
    });
  }

  /** Opens a file for writing. Where there is none it is made, for its owner alone. */
  static open(path: string): SqliteDatabase {
    createFile(path);
    return new SqliteDatabase(path, false);
  }

  /**
   * Opens a file as it is on the disk, without its log: takes no lock, and
   * leaves no trace.
   */
  static peek(path: string): SqliteDatabase {
    return new SqliteDatabase(`${fileAddress(path)}?immutable=1`, true);
  }

  /** Keeps everybody else out, as soon as anything is read. */
  lock(): void {
    this.run("PRAGMA locking_mode = EXCLUSIVE");
  }

  /** Writes through a log, and syncs every commit. */
  writeSafely(): void {
    // Locked by now: the log is then never shared, and needs no file of its own to share it.
    this.run("PRAGMA journal_mode = WAL");
    this.run("PRAGMA synchronous = FULL");
    // Checkpoints happen when nobody waits.
    this.run("PRAGMA wal_autocheckpoint = 0");
    this.run(`PRAGMA cache_size = -${CACHE_KIB}`);
    this.run("PRAGMA cell_size_check = ON");
  }

  /** Runs a statement. @returns How many rows it changed. */
  run(sql: string, ...values: SqliteValue[]): number {
    return Number(this.#prepare(sql).run(...values as SQLInputValue[]).changes);
  }

  /** The rows that a statement gives, as arrays of their columns. */
  rows(sql: string, ...values: SqliteValue[]): SqliteValue[][] {
    return this.#prepare(sql).all(...values as SQLInputValue[])
      .map((row) => Object.values(row) as SqliteValue[]);
  }

  /** The one value that a statement gives. */
  value(sql: string, ...values: SqliteValue[]): SqliteValue {
    return this.rows(sql, ...values)[0]?.[0] ?? null;
  }

  /** Does all that a task does, or nothing of it. */
  transaction<T>(task: () => T): T {
    this.run("BEGIN IMMEDIATE");
    try {
      const result = task();
      this.run("COMMIT");
      return result;
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  /** Ends a transaction that failed, where SQLite has not done so itself. */
  rollback(): void {
    if (this.#database.isTransaction) this.run("ROLLBACK");
  }

  /** Whether it has not been closed. */
  get isOpen(): boolean {
    return this.#database.isOpen;
  }

  /** Lets go of the file. Safe to call twice. */
  close(): void {
    if (!this.#database.isOpen) return;
    this.#statements.clear();
    this.#database.close();
  }

  /** The same. */
  [Symbol.dispose](): void {
    this.close();
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** A path as the address that SQLite takes options in. */
function fileAddress(path: string): string {
  const escaped = path.replaceAll("\\", "/").replaceAll("%", "%25")
    .replaceAll("?", "%3f").replaceAll("#", "%23");
  return `file:${escaped}`;
}
