import { copyFileSync, linkSync, readFileSync, renameSync } from "node:fs";
import { SqliteDatabase } from "./sqlite_database.ts";
import { cannotOpen, isCorrupt } from "./sqlite_errors.ts";
import { findLogDamage } from "./sqlite_log.ts";
import { salvage } from "./sqlite_salvage.ts";
import {
  checkOwner,
  SCHEMA_STEPS,
  type SchemaStep,
  upgrade,
} from "./sqlite_schema.ts";
import { removeFile, sizeOf } from "./store_files.ts";

/** A file that is ours alone. */
export interface Held {
  readonly database: SqliteDatabase;
  /** What was wrong with it, for a person to know. */
  readonly alarms: readonly string[];
}

/**
 * Takes hold of a store's file: from then on nobody else can read or write it,
 * and it has the newest version. One that is not for us stays as it was. One
 * that is damaged is set aside, and what can be read of it stands in its place.
 */
export function takeHold(
  path: string,
  steps: readonly SchemaStep[] = SCHEMA_STEPS,
): Held {
  checkUnopened(path, steps.length);
  const alarms: string[] = [];
  const database = open(path, (held) => {
    checkOwner(held, path, steps.length);
    held.writeSafely();
    alarms.push(...checkLog(path));
    if (!upgrade(held, steps)) return;
    // So that an older version sees in the file itself that it is not for it.
    emptyLog(held);
  });
  const problem = findProblem(database);
  if (problem === undefined) return { database, alarms };
  alarms.push(replace(database, path, problem));
  return { database: open(path, checkWhole), alarms };
}

/** How large a file is, in bytes; 0 where there is none. */
export function bytesOf(path: string): number {
  return sizeOf(path) ?? 0;
}

/** To open a file for writing may already bring its log into it: what is not for us is refused before. */
function checkUnopened(path: string, newest: number): void {
  if (bytesOf(path) === 0) return;
  try {
    const seen = SqliteDatabase.peek(path);
    try {
      checkOwner(seen, path, newest);
    } finally {
      seen.close();
    }
  } catch (error) {
    // Without its log, a file may be half of the old and half of the new. And
    // where not all is allowed, Deno opens no file by such an address: then it
    // is looked at when it is opened, which may bring its log into it.
    if (!isCorrupt(error) && !cannotOpen(error)) throw error;
  }
}

function open(
  path: string,
  check: (database: SqliteDatabase) => void,
): SqliteDatabase {
  const database = SqliteDatabase.open(path);
  try {
    database.lock();
    check(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function emptyLog(database: SqliteDatabase): void {
  database.rows("PRAGMA wal_checkpoint(TRUNCATE)");
}

/** A log that is damaged is copied before anything is written over it. */
function checkLog(path: string): string[] {
  const log = `${path}-wal`;
  if (bytesOf(log) === 0) return [];
  const damage = findLogDamage(readFileSync(log));
  if (damage === undefined) return [];
  const aside = freeName(`${log}-damaged`);
  copyFileSync(log, aside);
  return [
    `Cannot read all of "${log}" as its frames must follow from each other: ${damage}; it is kept as "${aside}"`,
  ];
}

function findProblem(database: SqliteDatabase): string | undefined {
  const text = database.value("PRAGMA quick_check(1)");
  return text === "ok" ? undefined : String(text);
}

function checkWhole(database: SqliteDatabase): void {
  database.writeSafely();
  const problem = findProblem(database);
  if (problem !== undefined) throw new Error(problem);
}

/** Puts what can be read of a damaged file in its place. The file is held meanwhile, and kept under another name. */
function replace(
  database: SqliteDatabase,
  path: string,
  problem: string,
): string {
  const fresh = `${path}-salvage`;
  const aside = freeName(`${path}-damaged`);
  try {
    emptyLog(database);
    for (const name of [fresh, `${fresh}-journal`]) remove(name);
    salvage(database, fresh);
    // There is a file by the store's name at any moment, the one or the other.
    linkSync(path, aside);
    renameSync(fresh, path);
  } finally {
    database.close();
  }
  return `Cannot read all of "${path}" as its pages must fit together: ${problem}; it is kept as "${aside}", and what could be read of it is in its place`;
}

function remove(path: string): void {
  if (bytesOf(path) > 0) removeFile(path);
}

function freeName(stem: string): string {
  for (let number = 1;; number++) {
    const name = `${stem}-${number}`;
    if (bytesOf(name) === 0) return name;
  }
}
