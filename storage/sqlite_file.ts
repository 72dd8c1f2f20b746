import { BusError } from "../core/errors.ts";
import type { RecordGroup } from "./record_group.ts";
import { writeBackup } from "./sqlite_backup.ts";
import type { SqliteDatabase } from "./sqlite_database.ts";
import { isBroken, storageError } from "./sqlite_errors.ts";
import { bytesOf, takeHold } from "./sqlite_hold.ts";
import { takeIn } from "./sqlite_intake.ts";
import { type StoreReport, writeReport } from "./sqlite_report.ts";
import { SqliteReserve } from "./sqlite_reserve.ts";
import { SqliteTally } from "./sqlite_tally.ts";
import { PAGE_BYTES, SqliteWriter } from "./sqlite_writer.ts";
import type { StoreSize } from "./store.ts";

/** What a {@linkcode SqliteFile} is opened with. */
export interface SqliteFileOptions {
  /** Room held back for urgent changes, in bytes. */
  readonly reserveBytes: number;
  /** Bytes of the log from which on it is brought into the file. */
  readonly checkpointBytes: number;
}

/**
 * A store's file. Its calls block until what they do is on the disk: who must
 * not be held up makes them on another thread. `read` comes first, to its end.
 */
export class SqliteFile implements Disposable {
  readonly #path: string;
  readonly #checkpointBytes: number;
  readonly #reserve: SqliteReserve;
  #database: SqliteDatabase;
  #alarms: readonly string[];
  #writer: SqliteWriter | undefined;
  #bytes = 0;
  #broken = false;

  private constructor(path: string, options: SqliteFileOptions) {
    this.#path = path;
    this.#checkpointBytes = options.checkpointBytes;
    this.#reserve = new SqliteReserve(path, options.reserveBytes);
    ({ database: this.#database, alarms: this.#alarms } = takeHold(path));
  }

  /**
   * Takes hold of a file, which is made where there is none.
   *
   * @throws {BusError} With code `"storage"`; the file is then as it was.
   */
  static open(path: string, options: SqliteFileOptions): SqliteFile {
    return attempt(`open "${path}"`, () => new SqliteFile(path, options));
  }

  /** How large it is, as of the last commit; its bytes are measured when it is opened and tidied. */
  get size(): StoreSize {
    return {
      bytes: this.#bytes,
      records: this.#writer?.tally.records ?? 0,
    };
  }

  /** Reads all records, and sets aside those that are not what was written. */
  *read(): Generator<RecordGroup> {
    try {
      const tally = SqliteTally.read(this.#database);
      const intake = { database: this.#database, tally, alarms: this.#alarms };
      const { tally: now, nursery } = yield* takeIn(intake);
      this.#write(now);
      this.#writer?.nursery.restore(nursery);
      this.#measure();
    } catch (error) {
      throw storageError(`read "${this.#path}"`, error);
    }
  }

  /** Makes the changes of a batch, or none of them. */
  commit(batch: ArrayBuffer, urgent = false): void {
    attempt(`commit to "${this.#path}"`, () => {
      if (this.#broken) this.#openAnew();
      try {
        this.#whole().commit(batch, urgent);
        this.#bytes += batch.byteLength;
      } catch (error) {
        if (isBroken(error)) this.#break();
        throw error;
      }
    });
  }

  /** Writes a copy of what is committed to a file that does not exist. */
  backup(path: string): void {
    attempt(`back "${this.#path}" up to "${path}"`, () => {
      writeBackup(this.#database, path);
    });
  }

  /** Checks the whole file and every record. */
  verify(): StoreReport {
    return attempt(
      `verify "${this.#path}"`,
      () => writeReport(this.#database),
    );
  }

  /** Does what can wait until nobody waits for it. */
  tidy(): void {
    try {
      if (this.#broken) return;
      this.#writer?.tidy();
      this.#measure();
    } catch (error) {
      // What was committed is in the log; the next commit meets what is wrong.
      if (isBroken(error)) this.#broken = true;
    }
  }

  /** Lets go of the file. Safe to call twice. */
  close(): void {
    if (this.#database.isOpen) this.#emptyNursery();
    this.#database.close();
  }

  /** The same. */
  [Symbol.dispose](): void {
    this.close();
  }

  #measure(): void {
    const pages = Number(this.#database.value("PRAGMA page_count"));
    this.#bytes = pages * PAGE_BYTES + bytesOf(`${this.#path}-wal`);
  }

  #whole(): SqliteWriter {
    if (this.#writer) return this.#writer;
    throw new BusError(
      "storage",
      `Cannot write to "${this.#path}" as it must have been read: it has not`,
      { retryable: false },
    );
  }

  #write(tally: SqliteTally): void {
    this.#writer = new SqliteWriter({
      database: this.#database,
      reserve: this.#reserve,
      checkpointBytes: this.#checkpointBytes,
      tally,
      ...this.#writer ? { nursery: this.#writer.nursery } : {},
    });
  }

  /** What was in it is read from the tables then, as is everything else. */
  #emptyNursery(): void {
    try {
      if (!this.#broken) this.#writer?.emptyNursery();
    } catch {
      // It stays where it is, and is read from there.
    }
  }

  /** What failed half-way may stand in the log: it is not to be read from there if the process ends now. */
  #break(): void {
    this.#broken = true;
    try {
      this.#writer?.emptyLog();
    } catch {
      // It is tried again before anything else is written.
    }
  }

  /** Nobody knows what a file holds on to that failed to do as it was asked: it is read anew. */
  #openAnew(): void {
    if (this.#database.isOpen) this.#writer?.emptyLog();
    const before = this.#writer?.tally.commits;
    this.#database.close();
    const { database, alarms } = takeHold(this.#path);
    this.#database = database;
    const tally = SqliteTally.read(database);
    if (!tally || tally.commits !== before || alarms.length > 0) {
      throw new BusError(
        "storage",
        [
          `Cannot go on with "${this.#path}" as it must be as the last commit left it: it has changed`,
          ...alarms,
        ].join(". "),
        { retryable: false },
      );
    }
    this.#write(tally);
    this.#broken = false;
  }
}

function attempt<T>(doing: string, task: () => T): T {
  try {
    return task();
  } catch (error) {
    throw storageError(doing, error);
  }
}
