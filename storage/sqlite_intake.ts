import { lastKey, type RecordGroup } from "./record_group.ts";
import { type NurseryContents, readNursery } from "./nursery_reader.ts";
import type { SqliteDatabase } from "./sqlite_database.ts";
import { SqliteReader } from "./sqlite_reader.ts";
import { SqliteTable } from "./sqlite_table.ts";
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

/** What a file holds. */
export interface TakenIn {
  readonly tally: SqliteTally;
  readonly nursery: NurseryContents;
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
): Generator<RecordGroup, TakenIn> {
  database.run("BEGIN IMMEDIATE");
  try {
    const found = SqliteTally.empty(tally?.commits);
    const whole = SqliteTally.empty(tally?.commits);
    const nursery = readNursery(database);
    found.addBlocks(nursery.blocks.length);
    const isSound = nursery.torn.length === 0 &&
      tally?.blocks === found.blocks;
    if (!isSound) emptyNursery(database, nursery);
    const left = isSound ? nursery : NOTHING;
    whole.addBlocks(left.blocks.length);
    let nextLetter = 0;
    for (const group of new SqliteReader(database, left.whole).groups()) {
      const { kind, keys, damaged } = group;
      for (const record of damaged) setAside(database, record);
      found.add(kind, keys.length + damaged.length);
      whole.add(kind, keys.length);
      if (kind === "letter") nextLetter = 1 + lastKey(group);
      yield group;
    }
    const news = [
      ...alarms,
      ...nursery.problems,
      ...differences(tally, found),
    ];
    if (news.length > 0) yield tell(database, nextLetter, news);
    const isLess = whole.records !== found.records;
    if (news.length > 0 || isLess) trim(database);
    if (news.length > 0 || isLess || !isSound) whole.write(database);
    database.run("COMMIT");
    return { tally: whole, nursery: left };
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
  const counts = RECORD_KINDS.map((kind) => ({
    what: kind as string,
    has: found.of(kind),
    of: tally.of(kind),
  }));
  const { blocks } = tally;
  counts.push({ what: "nursery block", has: found.blocks, of: blocks });
  return counts.filter(({ has, of }) => has !== of).map(({ what, has, of }) =>
    `Cannot find every ${what} as the file must have as many as it says: it has ${has} of ${of}`
  );
}

const NOTHING: NurseryContents = {
  blocks: [],
  whole: new Map(),
  damaged: new Map(),
  torn: [],
  problems: [],
};

/** Has what is in a nursery leave for its tables, where the damaged are found among the others. */
function emptyNursery(
  database: SqliteDatabase,
  nursery: NurseryContents,
): void {
  const all = [[nursery.whole, true], [nursery.damaged, false]] as const;
  for (const [young, isWhole] of all) {
    for (const [kind, records] of young) {
      const adopted = records.map(({ put }) => ({ put, isWhole }));
      new SqliteTable(database, kind).adopt(adopted);
    }
  }
  for (const number of nursery.torn) {
    database.run(
      `INSERT INTO damaged (kind, key, body, reason)
        SELECT 'nursery', key, body, 'not all of it is what was written'
          FROM nursery WHERE key = ?`,
      number,
    );
  }
  database.run("DELETE FROM nursery");
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
