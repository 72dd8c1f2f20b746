import { lastKey, type RecordGroup } from "./record_group.ts";
import type { SqliteDatabase } from "./sqlite_database.ts";
import { SqliteReader } from "./sqlite_reader.ts";
import { SqliteTally } from "./sqlite_tally.ts";
import { RECORD_KINDS, type StoredRecord } from "./store.ts";

/** Damaged records that are kept for a person to look at; the oldest goes first. */
const MAX_SET_ASIDE = 10_000;

/** What a file is read with when it is opened. */
export interface Intake {
  readonly database: SqliteDatabase;
  /** What the file should hold; `undefined` where it does not say. */
  readonly tally: SqliteTally | undefined;
  /** What is wrong with the file as a whole, for a person to know. */
  readonly alarms: readonly string[];
}

/**
 * Reads all records, and sets aside those that are not what was written: all
 * in one transaction, which happens if the reading comes to its end.
 *
 * What is wrong with the file itself is told as damaged letters that come last
 * and were never written.
 *
 * @returns What the file holds from then on.
 */
export function* takeIn(
  { database, tally, alarms }: Intake,
): Generator<RecordGroup, SqliteTally> {
  database.run("BEGIN IMMEDIATE");
  try {
    const found = SqliteTally.empty(tally?.commits);
    const whole = SqliteTally.empty(tally?.commits);
    let nextLetter = 0;
    for (const group of new SqliteReader(database).groups()) {
      const { kind, keys, damaged } = group;
      for (const record of damaged) setAside(database, record);
      found.add(kind, keys.length + damaged.length);
      whole.add(kind, keys.length);
      if (kind === "letter") nextLetter = 1 + lastKey(group);
      yield group;
    }
    const news = [...alarms, ...differences(tally, found)];
    if (news.length > 0) yield tell(database, nextLetter, news);
    if (news.length > 0 || whole.records !== found.records) {
      trim(database);
      whole.write(database);
    }
    database.run("COMMIT");
    return whole;
  } finally {
    database.rollback();
  }
}

/** What is missing from a file, or is more than was written, in words. */
export function differences(
  tally: SqliteTally | undefined,
  found: SqliteTally,
): string[] {
  if (!tally) {
    return [
      "Cannot tell whether records are missing as the file must say how many it has: what it says is damaged",
    ];
  }
  return RECORD_KINDS.filter((kind) => tally.of(kind) !== found.of(kind))
    .map((kind) =>
      `Cannot find every ${kind} as the file must have as many as it says: it has ${
        found.of(kind)
      } of ${tally.of(kind)}`
    );
}

function tell(
  database: SqliteDatabase,
  nextLetter: number,
  news: readonly string[],
): RecordGroup {
  const nothing = new Uint8Array();
  const damaged = news.map((damage, index): StoredRecord => ({
    kind: "letter",
    key: nextLetter + index,
    body: nothing,
    state: nothing,
    damage,
  }));
  for (const { damage = "" } of damaged) {
    database.run(
      "INSERT INTO damaged (kind, reason) VALUES ('store', ?)",
      damage,
    );
  }
  return {
    kind: "letter",
    keys: new Float64Array(),
    lengths: new Float64Array(),
    bytes: nothing,
    damaged,
  };
}

/** Its bytes are copied as the file has them, checksums and all. */
function setAside(database: SqliteDatabase, record: StoredRecord): void {
  const { kind, key, damage = "" } = record;
  database.run(
    `INSERT INTO damaged (kind, key, body, state, reason)
      SELECT '${kind}', key, body, state, ? FROM "${kind}" WHERE key = ?`,
    damage,
    key,
  );
  database.run(`DELETE FROM "${kind}" WHERE key = ?`, key);
}

function trim(database: SqliteDatabase): void {
  database.run(
    `DELETE FROM damaged WHERE id <= (SELECT max(id) FROM damaged) - ${MAX_SET_ASIDE}`,
  );
}
