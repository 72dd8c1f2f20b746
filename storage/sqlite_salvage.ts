import { SqliteDatabase, type SqliteValue } from "./sqlite_database.ts";
import { isCorrupt } from "./sqlite_errors.ts";
import { upgrade } from "./sqlite_schema.ts";
import { SqliteTally } from "./sqlite_tally.ts";
import { RECORD_KINDS } from "./store.ts";

/** Rows that are read at once, while they can be read. */
const ROWS_AT_ONCE = 16;
/** No key is larger. */
const MAX_KEY = Number.MAX_SAFE_INTEGER;

/**
 * Brings the rows that can still be read from a damaged file, of which all is
 * in the file itself, into a new one. Rows are taken as they are: their
 * checksums come with them.
 */
export function salvage(damaged: SqliteDatabase, path: string): void {
  const fresh = SqliteDatabase.open(path);
  try {
    upgrade(fresh);
    fresh.transaction(() => copyAll(damaged, fresh));
  } finally {
    fresh.close();
  }
}

function copyAll(damaged: SqliteDatabase, fresh: SqliteDatabase): void {
  for (const kind of RECORD_KINDS) {
    const columns = "key, coalesce(body, x''), coalesce(state, x'')";
    for (const row of new SalvageRows(damaged, { table: kind, columns })) {
      fresh.run(`INSERT OR IGNORE INTO "${kind}" VALUES (?, ?, ?)`, ...row);
    }
  }
  const nursery = { table: "nursery", columns: "key, coalesce(body, x'')" };
  for (const row of new SalvageRows(damaged, nursery)) {
    fresh.run("INSERT OR IGNORE INTO nursery VALUES (?, ?)", ...row);
  }
  copyTally(damaged, fresh);
  copySetAside(damaged, fresh);
}

/** Rows of a table, the first of whose columns is their key. */
interface Rows {
  readonly table: string;
  readonly columns: string;
}

/** The rows of one table that can be read. */
class SalvageRows implements Iterable<SqliteValue[]> {
  readonly #database: SqliteDatabase;
  readonly #rowsOf: Rows;

  constructor(database: SqliteDatabase, rowsOf: Rows) {
    this.#database = database;
    this.#rowsOf = rowsOf;
  }

  *[Symbol.iterator](): Generator<SqliteValue[]> {
    let from: number | undefined = 0;
    while (from !== undefined) {
      const rows: SqliteValue[][] | undefined =
        this.#rows(from, ROWS_AT_ONCE) ?? this.#rows(from, 1);
      if (rows?.length === 0) return;
      if (rows) yield* rows;
      from = rows
        ? 1 + Math.max(from, lastKey(rows))
        : this.#nextReadable(from);
    }
  }

  /** Rows from a key on; `undefined` if there is one among them that cannot be read. */
  #rows(from: number, limit: number): SqliteValue[][] | undefined {
    const { table, columns } = this.#rowsOf;
    try {
      return this.#database.rows(
        `SELECT ${columns} FROM "${table}"
          WHERE key >= ? ORDER BY key LIMIT ?`,
        from,
        limit,
      );
    } catch (error) {
      if (isCorrupt(error)) return;
      throw error;
    }
  }

  /** The first key behind one that cannot be read from which on reading goes on. */
  #nextReadable(unreadable: number): number | undefined {
    let step = 1;
    while (!this.#rows(unreadable + step, 1)) {
      step *= 2;
      if (unreadable + step > MAX_KEY) return;
    }
    let low = unreadable + Math.floor(step / 2);
    let high = unreadable + step;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#rows(middle, 1)) high = middle;
      else low = middle;
    }
    return high;
  }
}

function lastKey(rows: readonly SqliteValue[][]): number {
  return Number(rows.at(-1)?.[0] ?? -1);
}

/** With it, the next reading finds out what is missing. */
function copyTally(damaged: SqliteDatabase, fresh: SqliteDatabase): void {
  const tally = readable(() => SqliteTally.read(damaged));
  if (tally) tally.write(fresh);
  else fresh.run("INSERT INTO tally VALUES (0, x'')");
}

function copySetAside(damaged: SqliteDatabase, fresh: SqliteDatabase): void {
  const rows = readable(() => damaged.rows("SELECT * FROM damaged")) ?? [];
  for (const row of rows) {
    fresh.run("INSERT INTO damaged VALUES (?, ?, ?, ?, ?, ?)", ...row);
  }
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isCorrupt(error)) return;
    throw error;
  }
}
