import { readNursery } from "./nursery_reader.ts";
import { differences } from "./sqlite_intake.ts";
import type { SqliteDatabase } from "./sqlite_database.ts";
import { SqliteReader } from "./sqlite_reader.ts";
import { SqliteTally } from "./sqlite_tally.ts";
import { RECORD_KINDS, type RecordKind } from "./store.ts";

/** Damaged records that one report lists. */
const MAX_REPORTED = 1_000;
/** Problems of the file that one report lists. */
const MAX_PROBLEMS = 100;

const YOUNG_DAMAGE =
  "Cannot trust it as its entry in the nursery must have its checksum: it does not match";

/** A record that is not what was written. */
export interface DamagedRecord {
  /** What it is of. */
  readonly kind: RecordKind;
  /** Which of them. */
  readonly key: number;
  /** What is wrong with it. */
  readonly damage: string;
}

/** What a check of a whole store found. */
export interface StoreReport {
  /** Whether all is as it was written. */
  readonly ok: boolean;
  /** Records that were checked, by kind. */
  readonly records: Readonly<Record<RecordKind, number>>;
  /** Those that are not what was written; at most 1,000 are listed. */
  readonly damaged: readonly DamagedRecord[];
  /** What is wrong with the file itself, in words. */
  readonly problems: readonly string[];
  /** What was set aside when the file was opened, now and before. */
  readonly setAside: number;
}

/** Checks the whole file and every record of it, and changes nothing. */
export function writeReport(database: SqliteDatabase): StoreReport {
  const problems = database.rows(`PRAGMA integrity_check(${MAX_PROBLEMS})`)
    .map(([text]) => String(text)).filter((text) => text !== "ok");
  const found = SqliteTally.empty();
  const damaged: DamagedRecord[] = [];
  let ok = true;
  const note = (record: DamagedRecord) => {
    ok = false;
    if (damaged.length < MAX_REPORTED) damaged.push(record);
  };
  const nursery = readNursery(database);
  found.addBlocks(nursery.blocks.length);
  problems.push(...nursery.problems);
  for (const group of new SqliteReader(database, nursery.whole).groups()) {
    found.add(group.kind, group.keys.length + group.damaged.length);
    for (const { kind, key, damage = "" } of group.damaged) {
      note({ kind, key, damage });
    }
  }
  for (const [kind, young] of nursery.damaged) {
    found.add(kind, young.length);
    for (const { put: { key } } of young) {
      note({ kind, key, damage: YOUNG_DAMAGE });
    }
  }
  problems.push(...differences(SqliteTally.read(database), found));
  const records = Object.fromEntries(
    RECORD_KINDS.map((kind) => [kind, found.of(kind)]),
  ) as Record<RecordKind, number>;
  return {
    ok: ok && problems.length === 0,
    records,
    damaged,
    problems,
    setAside: Number(database.value("SELECT count(*) FROM damaged")),
  };
}
