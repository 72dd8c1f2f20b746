import { decodeBatch, type SealedChange } from "./change_batch.ts";
import type { SqliteDatabase } from "./sqlite_database.ts";
import { isFull } from "./sqlite_errors.ts";
import type { SqliteReserve } from "./sqlite_reserve.ts";
import { SqliteTable } from "./sqlite_table.ts";
import type { SqliteTally } from "./sqlite_tally.ts";
import { RECORD_KINDS, type RecordKind } from "./store.ts";

/** Size of a page, in bytes: SQLite's own default, set so that a version with another does not change it. */
export const PAGE_BYTES = 4096;
/** How much longer than wanted the log may be when it cannot be brought into the file. */
const MAX_LOG_FACTOR = 8;

/** What a {@linkcode SqliteWriter} works with. */
export interface SqliteWriterSetup {
  readonly database: SqliteDatabase;
  readonly reserve: SqliteReserve;
  readonly tally: SqliteTally;
  /** Bytes of the log from which on it is brought into the file. */
  readonly checkpointBytes: number;
}

/** Makes changes: those of a batch, or none. */
export class SqliteWriter {
  readonly #database: SqliteDatabase;
  readonly #reserve: SqliteReserve;
  readonly #checkpointBytes: number;
  readonly #tables: ReadonlyMap<RecordKind, SqliteTable>;
  #tally: SqliteTally;

  constructor(
    { database, reserve, tally, checkpointBytes }: SqliteWriterSetup,
  ) {
    this.#database = database;
    this.#reserve = reserve;
    this.#tally = tally;
    this.#checkpointBytes = checkpointBytes;
    this.#tables = new Map(
      RECORD_KINDS.map((kind) => [kind, new SqliteTable(database, kind)]),
    );
  }

  /** What is kept, as of the last commit. */
  get tally(): SqliteTally {
    return this.#tally;
  }

  /** Makes the changes of a batch, and has them on the disk. Throws what SQLite throws; then none was made. */
  commit(batch: ArrayBuffer, urgent: boolean): void {
    // What is given up for urgent changes is not for others to use up.
    if (!urgent) this.#reserve.take();
    const remedies = urgent
      ? [this.#emptyLog, this.#giveUpReserve, this.#emptyLog]
      : [this.#emptyLog];
    while (true) {
      try {
        return this.#write(batch);
      } catch (error) {
        if (!isFull(error)) throw error;
        const remedy = remedies.shift();
        if (!remedy) throw error;
        remedy();
      }
    }
  }

  /** Brings the log into the file once it is long enough. For when nobody waits. */
  tidy(): void {
    if (this.#logBytes() >= this.#checkpointBytes) this.#checkpoint();
  }

  /** Brings the log into the file, and makes it empty: what failed half-way is then in neither. */
  emptyLog(): void {
    this.#database.rows("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  readonly #emptyLog = (): void => {
    try {
      this.emptyLog();
    } catch (error) {
      // The file may have to grow for it.
      if (!isFull(error)) throw error;
    }
  };

  readonly #giveUpReserve = (): void => {
    this.#reserve.giveUp();
  };

  /** The next commit then begins a new log in the place of this one. */
  #checkpoint(): void {
    this.#database.rows("PRAGMA wal_checkpoint(PASSIVE)");
  }

  #write(batch: ArrayBuffer): void {
    if (this.#logBytes() > this.#checkpointBytes * MAX_LOG_FACTOR) {
      this.#checkpoint();
    }
    const tally = this.#tally.next();
    this.#database.transaction(() => {
      for (const [kind, changes] of byKind(batch)) {
        const added = this.#tables.get(kind)?.change(changes) ?? 0;
        tally.add(kind, added);
      }
      tally.write(this.#database);
    });
    this.#tally = tally;
  }

  /** Bytes of the log that are not in the file. */
  #logBytes(): number {
    const [row = []] = this.#database.rows("PRAGMA wal_checkpoint(NOOP)");
    return (Number(row[1]) - Number(row[2])) * PAGE_BYTES;
  }
}

function byKind(batch: ArrayBuffer): Map<RecordKind, SealedChange[]> {
  const changes = new Map<RecordKind, SealedChange[]>();
  for (const change of decodeBatch(batch)) {
    const those = changes.get(change.kind);
    if (those) those.push(change);
    else changes.set(change.kind, [change]);
  }
  return changes;
}
