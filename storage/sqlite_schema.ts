import { BusError } from "../core/errors.ts";
import type { SqliteDatabase } from "./sqlite_database.ts";

/** What tells a store's file from other SQLite files: "BusB". */
export const APPLICATION_ID = 0x42757342;

/** One step of the ladder: from the version that is its place in the list to the next. */
export type SchemaStep = (database: SqliteDatabase) => void;

/** What was done to the schema, in order. A step that a release had is never changed. */
export const SCHEMA_STEPS: readonly SchemaStep[] = [
  createTables,
  addHistory,
  addNursery,
];

/**
 * Refuses what is not a store's file, or is one of a newer version. A file
 * without anything in it may become one.
 *
 * @throws {BusError} With code `"storage"`.
 */
export function checkOwner(
  database: SqliteDatabase,
  path: string,
  newest: number = SCHEMA_STEPS.length,
): void {
  const owner = database.value("PRAGMA application_id");
  const version = Number(database.value("PRAGMA user_version"));
  if (owner !== APPLICATION_ID) {
    const isEmpty = owner === 0 && version === 0 &&
      database.value("SELECT count(*) FROM sqlite_schema") === 0;
    if (isEmpty) return;
    throw new BusError(
      "storage",
      `Cannot open "${path}" as it must be the file of a store: it is another program's`,
      { retryable: false },
    );
  }
  if (version <= newest) return;
  throw new BusError(
    "storage",
    `Cannot open "${path}" as its version must be at most ${newest}: it is ${version}, of a newer Busbar`,
    { retryable: false },
  );
}

/**
 * Brings a file to the newest version, a step at a time; each is made together
 * with the number that says so. @returns Whether there was one to make.
 */
export function upgrade(
  database: SqliteDatabase,
  steps: readonly SchemaStep[] = SCHEMA_STEPS,
): boolean {
  const before = Number(database.value("PRAGMA user_version"));
  for (const [version, step] of steps.entries()) {
    if (version < before) continue;
    database.transaction(() => {
      step(database);
      database.run(`PRAGMA application_id = ${APPLICATION_ID}`);
      database.run(`PRAGMA user_version = ${version + 1}`);
    });
  }
  return before < steps.length;
}

function createTables(database: SqliteDatabase): void {
  const kinds = "rule agent subscription sends message copy letter";
  for (const kind of kinds.split(" ")) createTable(database, kind);
  database.run("CREATE TABLE tally (id INTEGER PRIMARY KEY, counts BLOB)");
  database.run(
    "CREATE TABLE damaged (id INTEGER PRIMARY KEY, kind TEXT, key INTEGER, body BLOB, state BLOB, reason TEXT)",
  );
}

function addHistory(database: SqliteDatabase): void {
  createTable(database, "history");
}

function addNursery(database: SqliteDatabase): void {
  database.run(
    "CREATE TABLE nursery (key INTEGER PRIMARY KEY, body BLOB NOT NULL)",
  );
}

function createTable(database: SqliteDatabase, kind: string): void {
  database.run(
    `CREATE TABLE "${kind}" (key INTEGER PRIMARY KEY, body BLOB NOT NULL, state BLOB NOT NULL)`,
  );
}
