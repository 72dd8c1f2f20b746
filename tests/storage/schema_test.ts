import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { encodeBatch } from "../../storage/change_batch.ts";
import { RecordSums, sealPart, SUM_BYTES } from "../../storage/record_sums.ts";
import { SqliteDatabase } from "../../storage/sqlite_database.ts";
import { takeHold } from "../../storage/sqlite_hold.ts";
import {
  APPLICATION_ID,
  SCHEMA_STEPS,
  type SchemaStep,
} from "../../storage/sqlite_schema.ts";
import { SqliteTally } from "../../storage/sqlite_tally.ts";
import { RECORD_KINDS } from "../../storage/store.ts";
import {
  busyBatches,
  contentsOf,
  readFile,
  WrittenStore,
} from "./written_store.ts";

/** The newest version. */
const NEWEST = SCHEMA_STEPS.length;

/** A later version, as a test thinks of it. */
const ADD_COLOUR: SchemaStep = (database) => {
  database.run("ALTER TABLE \"rule\" ADD COLUMN colour TEXT DEFAULT 'red'");
};
const FAIL: SchemaStep = (database) => {
  database.run('DROP TABLE "letter"');
  throw new Error("the power went");
};

function filesOf(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
}

function versionOf(path: string): unknown {
  using database = SqliteDatabase.peek(path);
  return database.value("PRAGMA user_version");
}

/** Opens a file that must be refused, and checks that nothing of it changes. */
function assertRefused(written: WrittenStore, text: RegExp): void {
  const before = Deno.readFileSync(written.path);
  const files = filesOf(written.directory);
  assert.throws(() => readFile(written.path), {
    code: "storage",
    message: text,
  });
  assert.deepEqual(Deno.readFileSync(written.path), before);
  assert.deepEqual(filesOf(written.directory), files);
}

Deno.test("a file of a newer version is refused and left as it was", () => {
  using written = new WrittenStore();
  readFile(written.path).file.close();
  const database = new DatabaseSync(written.path);
  database.exec(`PRAGMA user_version = ${NEWEST + 1}`);
  database.close();
  assertRefused(
    written,
    new RegExp(`its version must be at most ${NEWEST}: it is ${NEWEST + 1}`),
  );
});

Deno.test("a file of a newer version that was not closed keeps its log", () => {
  using written = new WrittenStore();
  const open = `${written.directory}/open.db`;
  readFile(open).file.close();
  const database = new DatabaseSync(open);
  database.exec("PRAGMA user_version = 9; PRAGMA wal_checkpoint(TRUNCATE)");
  database.exec("INSERT INTO rule VALUES (1, x'', x'')");
  Deno.copyFileSync(open, written.path);
  Deno.copyFileSync(`${open}-wal`, `${written.path}-wal`);
  database.close();
  const log = Deno.readFileSync(`${written.path}-wal`);
  assertRefused(written, /it is 9, of a newer Busbar/);
  assert.deepEqual(Deno.readFileSync(`${written.path}-wal`), log);
});

Deno.test("the file of another program is refused and left as it was", () => {
  using written = new WrittenStore();
  const database = new DatabaseSync(written.path);
  database.exec("CREATE TABLE copy (key INTEGER PRIMARY KEY)");
  database.close();
  assertRefused(written, /it is another program's/);
});

Deno.test("the file of another program that has an id is refused", () => {
  using written = new WrittenStore();
  const database = new DatabaseSync(written.path);
  database.exec(`PRAGMA application_id = ${APPLICATION_ID + 1}`);
  database.close();
  assertRefused(written, /it is another program's/);
});

Deno.test("what is no SQLite file is refused and left as it was", () => {
  using written = new WrittenStore();
  Deno.writeTextFileSync(written.path, "Dear diary, ".repeat(1_000));
  assertRefused(written, /it must be the file of a store/);
});

Deno.test("an empty file becomes a store", () => {
  using written = new WrittenStore();
  Deno.writeTextFileSync(written.path, "");
  const { file, records } = readFile(written.path);
  file.close();
  assert.deepEqual(records, []);
  assert.equal(versionOf(written.path), NEWEST);
});

Deno.test("a path with signs that mean something in an address is a path", () => {
  using written = new WrittenStore();
  const path = `${written.directory}/50% of #1?immutable=0.db`;
  for (let round = 0; round < 2; round++) readFile(path).file.close();
  assert.deepEqual(filesOf(written.directory), ["50% of #1?immutable=0.db"]);
});

Deno.test("an older file is brought to the newest version, with what is in it", () => {
  using written = new WrittenStore();
  const { file } = readFile(written.path);
  for (const batch of busyBatches(3, 5)) written.commit(file, batch);
  file.close();
  const { database } = takeHold(written.path, [...SCHEMA_STEPS, ADD_COLOUR]);
  assert.equal(versionOf(written.path), NEWEST + 1);
  const colours = database.rows('SELECT DISTINCT colour FROM "rule"');
  assert.deepEqual(colours, [["red"]]);
  database.close();
  // What this version knows of is as it was.
  const older = new DatabaseSync(written.path);
  older.exec('ALTER TABLE "rule" DROP COLUMN colour');
  older.exec(`PRAGMA user_version = ${NEWEST}`);
  older.close();
  const { file: reopened, records } = readFile(written.path);
  reopened.close();
  assert.deepEqual(contentsOf(records), written.contents);
});

Deno.test("a step that fails changes nothing, and the next opening goes on from there", () => {
  using written = new WrittenStore();
  readFile(written.path).file.close();
  assert.throws(
    () => takeHold(written.path, [...SCHEMA_STEPS, ADD_COLOUR, FAIL]),
    /the power went/,
  );
  assert.equal(versionOf(written.path), NEWEST + 1);
  const { database } = takeHold(written.path, [
    ...SCHEMA_STEPS,
    ADD_COLOUR,
    () => {},
  ]);
  assert.deepEqual(database.rows('SELECT * FROM "letter"'), []);
  database.close();
  assert.equal(versionOf(written.path), NEWEST + 2);
});

Deno.test("the file of every version that there was becomes one of the newest", () => {
  for (let version = 1; version < NEWEST; version++) {
    using written = new WrittenStore();
    const { database } = takeHold(
      written.path,
      SCHEMA_STEPS.slice(0, version),
    );
    const sums = new RecordSums();
    for (const key of [1, 2, 3]) {
      const state = new Uint8Array(40 + SUM_BYTES);
      sealPart(sums.nameSum("rule", key), state);
      database.run("INSERT INTO rule VALUES (?, ?, ?)", key, state, state);
    }
    const tally = SqliteTally.empty();
    tally.add("rule", 3);
    tally.write(database);
    database.close();
    assert.equal(versionOf(written.path), version);

    const { file, records } = readFile(written.path);
    assert.deepEqual(records.map(({ key, damage }) => [key, damage]), [
      [1, undefined],
      [2, undefined],
      [3, undefined],
    ]);
    file.commit(encodeBatch(RECORD_KINDS.map((kind) => ({
      ...{ type: "put", kind, key: 7 },
      ...{ body: Uint8Array.of(1), state: Uint8Array.of(2) },
    }))));
    assert.equal(file.size.records, 3 + RECORD_KINDS.length);
    file.close();
    assert.equal(versionOf(written.path), NEWEST);
  }
});
