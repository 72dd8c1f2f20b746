import { lastChanges } from "./change_batch.ts";
import { Nursery, type NurseryStep } from "./nursery.ts";
import { readEntries } from "./nursery_reader.ts";
import type { SqliteDatabase } from "./sqlite_database.ts";
import { isFull } from "./sqlite_errors.ts";
import type { SqliteReserve } from "./sqlite_reserve.ts";
import { inGroups, rowsOf, SqliteTable } from "./sqlite_table.ts";
import type { SqliteTally } from "./sqlite_tally.ts";
import { RECORD_KINDS, type RecordKind } from "./store.ts";
import type { Litter } from "./young.ts";

/** Size of a page, in bytes: SQLite's own default, set so that a version with another does not change it. */
export const PAGE_BYTES = 4096;
/** How much longer than wanted the log may be when it cannot be brought into the file. */
const MAX_LOG_FACTOR = 8;

/** What a {@linkcode SqliteWriter} works with. */
export interface SqliteWriterSetup {
  readonly database: SqliteDatabase;
  readonly reserve: SqliteReserve;
  readonly tally: SqliteTally;
  /** What the file's nursery has in it. @default {nothing} */
  readonly nursery?: Nursery;
  /** Bytes of the log from which on it is brought into the file. */
  readonly checkpointBytes: number;
}

/** Makes changes: those of a batch, or none. */
export class SqliteWriter {
  readonly #database: SqliteDatabase;
  readonly #reserve: SqliteReserve;
  readonly #checkpointBytes: number;
  readonly #tables: ReadonlyMap<RecordKind, SqliteTable>;
  /** What the file's nursery has in it. */
  readonly nursery: Nursery;
  #tally: SqliteTally;
  /** Bytes of the log that were not in the file when that was last looked at. */
  #logBytes = 0;

  constructor(
    { database, reserve, tally, checkpointBytes, nursery }: SqliteWriterSetup,
  ) {
    this.#database = database;
    this.#reserve = reserve;
    this.#tally = tally;
    this.#checkpointBytes = checkpointBytes;
    this.#tables = new Map(
      RECORD_KINDS.map((kind) => [kind, new SqliteTable(database, kind)]),
    );
    this.nursery = nursery ?? new Nursery((kind) => this.#highest(kind));
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
        return this.#write(batch, urgent);
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
    this.#logBytes = this.#measureLog();
    if (this.#logBytes >= this.#checkpointBytes) this.#checkpoint();
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

  /** Has every record leave the nursery for its table. */
  emptyNursery(): void {
    const { tally, nursery } = this;
    if (tally.blocks > 0) this.#make(nursery.emptying(), tally.next());
  }

  #write(batch: ArrayBuffer, urgent: boolean): void {
    if (this.#logBytes > this.#checkpointBytes * MAX_LOG_FACTOR) {
      this.#checkpoint();
    }
    // Nothing takes more room than it must when there may be none.
    const step = this.nursery.step(lastChanges(batch), !urgent);
    this.#make(step, this.#tally.next());
  }

  #make(step: NurseryStep, tally: SqliteTally): void {
    this.#database.transaction(() => {
      for (const litter of step.leaving) this.#grow(litter);
      this.#writeBlocks(step, tally);
      for (const [kind, { came, went }] of step.own) {
        tally.add(kind, came.length - went.length);
      }
      for (const [kind, changes] of step.others) {
        tally.add(kind, this.#tables.get(kind)?.change(changes) ?? 0);
      }
      tally.write(this.#database);
    });
    this.#tally = tally;
    this.nursery.take(step);
  }

  /** Puts what is left of a litter into its tables. */
  #grow(litter: Litter): void {
    if (litter.left === 0) return;
    const entries = readEntries(this.#database, litter.first, litter.last);
    const left = [...entries].flatMap(({ change, isWhole }) => {
      if (change.type !== "put") return [];
      const known = this.nursery.find(litter, change.kind, change.key);
      if (!known) return [];
      const { state = change.state } = known;
      return { kind: change.kind, put: { ...change, state }, isWhole };
    });
    for (const [kind, records] of Map.groupBy(left, ({ kind }) => kind)) {
      this.#tables.get(kind)?.adopt(records);
    }
  }

  #writeBlocks(
    { leaving, blocks }: NurseryStep,
    tally: SqliteTally,
  ): void {
    const first = leaving[0]?.first;
    const last = leaving.at(-1)?.last;
    if (first !== undefined && last !== undefined) {
      this.#database.run("DELETE FROM nursery WHERE key <= ?", last);
      tally.addBlocks(first - last - 1);
    }
    for (const group of inGroups(blocks)) {
      const values = group.flatMap(({ number, bytes }) => [number, bytes]);
      this.#database.run(
        `INSERT INTO nursery VALUES ${rowsOf("(?, ?)", group.length)}`,
        ...values,
      );
    }
    tally.addBlocks(blocks.length);
  }

  #highest(kind: RecordKind): number {
    return this.#tables.get(kind)?.highestKey ?? -1;
  }

  /** Bytes of the log that are not in the file. */
  #measureLog(): number {
    const [row = []] = this.#database.rows("PRAGMA wal_checkpoint(NOOP)");
    return (Number(row[1]) - Number(row[2])) * PAGE_BYTES;
  }
}
