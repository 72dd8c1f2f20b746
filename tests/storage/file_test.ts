import assert from "node:assert/strict";
import { encodeBatch } from "../../storage/change_batch.ts";
import { SqliteDatabase } from "../../storage/sqlite_database.ts";
import { SqliteFile } from "../../storage/sqlite_file.ts";
import { bytesOf } from "../../storage/sqlite_hold.ts";
import type { Change } from "../../storage/store.ts";
import { SmallDisk } from "./small_disk.ts";
import {
  busyBatches,
  contentsOf,
  OPTIONS,
  readFile,
  WrittenStore,
} from "./written_store.ts";

const BODY = new Uint8Array(450).fill(7);
const STATE = new Uint8Array(40);

function put(key: number, body = BODY): Change {
  return { type: "put", kind: "copy", key, body, state: STATE };
}

function puts(from: number, count: number): Change[] {
  return Array.from({ length: count }, (_, index) => put(from + index));
}

/** A store with a thousand records or so, closed. */
function someStore(): WrittenStore {
  const written = new WrittenStore();
  const { file } = readFile(written.path);
  for (const batch of busyBatches(11, 20)) written.commit(file, batch);
  file.close();
  return written;
}

/** Writes over a part of a record behind the store's back. */
function spoil(written: WrittenStore, part: "body" | "state"): number {
  using database = SqliteDatabase.open(written.path);
  const key = Number(database.value('SELECT max(key) FROM "copy"'));
  database.run(
    `UPDATE "copy" SET ${part} = x'00112233445566' WHERE key = ?`,
    key,
  );
  return key;
}

Deno.test("SqliteFile.read() gives a damaged record once, and keeps what is left of it", () => {
  for (const part of ["body", "state"] as const) {
    using written = someStore();
    const key = spoil(written, part);
    const { file, records } = readFile(written.path);
    const damaged = records.filter(({ damage }) => damage !== undefined);
    assert.deepEqual(damaged.map(({ kind, key }) => [kind, key]), [[
      "copy",
      key,
    ]]);
    assert.match(
      damaged[0]?.damage ?? "",
      new RegExp(`the ${part} of copy ${key} `),
    );
    assert.deepEqual(damaged[0]?.[part], Uint8Array.of(0x00, 0x11, 0x22));
    assert.equal(file.verify().setAside, 1);
    assert.equal(file.size.records, records.length - 1);
    file.close();
    const again = readFile(written.path);
    again.file.close();
    assert.deepEqual(contentsOf(again.records), contentsOf(records));
    assert.equal(again.records.length, records.length - 1);
  }
});

Deno.test("SqliteFile.size is what its files take, measured when it is opened and tidied", () => {
  using written = new WrittenStore();
  const onDisk = () =>
    Deno.statSync(written.path).size +
    Deno.statSync(`${written.path}-wal`).size;
  // Every commit is brought into the file: nothing is in the log alone.
  const options = { reserveBytes: 0, checkpointBytes: 4_096 };
  const { file } = readFile(written.path, options);
  assert.ok(file.size.bytes >= onDisk());
  for (let round = 0; round < 20; round++) {
    written.commit(file, puts(round * 500, 500));
    file.tidy();
    assert.equal(file.size.bytes, onDisk());
  }
  file.close();
});

Deno.test("SqliteFile.read() gives a damaged record in its place among the others", () => {
  using written = new WrittenStore();
  const { file } = readFile(written.path);
  written.commit(file, puts(0, 3_000));
  file.close();
  {
    using database = SqliteDatabase.open(written.path);
    database.run('UPDATE "copy" SET state = NULL || state WHERE key < 0');
    database.run(`UPDATE "copy" SET state = 'text' WHERE key % 500 = 1`);
  }
  const { file: reopened, records } = readFile(written.path);
  reopened.close();
  assert.deepEqual(records.map(({ key }) => key), [...Array(3_000).keys()]);
  const damaged = records.filter(({ damage }) => damage).map(({ key }) => key);
  assert.deepEqual(damaged, [1, 501, 1001, 1501, 2001, 2501]);
});

Deno.test("SqliteFile.read() that is left early sets nothing aside", () => {
  using written = someStore();
  spoil(written, "state");
  const early = SqliteFile.open(written.path, OPTIONS);
  for (const _ of early.read()) break;
  assert.throws(
    () => early.commit(encodeBatch([put(1)])),
    /must have been read/,
  );
  early.close();
  const { file, records } = readFile(written.path);
  file.close();
  assert.equal(records.filter(({ damage }) => damage !== undefined).length, 1);
});

Deno.test("SqliteFile.read() tells of records that vanished", () => {
  using written = someStore();
  {
    using database = SqliteDatabase.open(written.path);
    database.run(
      'DELETE FROM "copy" WHERE key = (SELECT min(key) FROM "copy")',
    );
  }
  const { file, records } = readFile(written.path);
  const told = records.filter(({ damage }) => damage !== undefined);
  assert.equal(told.length, 1);
  const [alarm] = told;
  assert.match(
    alarm?.damage ?? "",
    /Cannot find every copy .*: it has \d+ of \d+/,
  );
  assert.equal(alarm, records.at(-1), "it comes after all records");
  assert.equal(alarm?.kind, "letter");
  assert.equal(file.verify().ok, true, "it is told once");
  file.close();
});

Deno.test("SqliteFile.read() tells when nobody knows how many records there were", () => {
  using written = someStore();
  {
    using database = SqliteDatabase.open(written.path);
    database.run("UPDATE tally SET counts = x'00'");
  }
  const { file, records } = readFile(written.path);
  file.close();
  const told = records.filter(({ damage }) => damage !== undefined);
  assert.deepEqual(told.map(({ kind }) => kind), ["letter"]);
  assert.match(
    told[0]?.damage ?? "",
    /Cannot tell whether records are missing/,
  );
  assert.deepEqual(contentsOf(records), written.contents);
});

Deno.test("SqliteFile.verify() reports what is wrong, and changes nothing", () => {
  using written = someStore();
  const { file } = readFile(written.path);
  const sound = file.verify();
  assert.equal(sound.ok, true);
  const all = Object.values(sound.records).reduce((sum, one) => sum + one);
  assert.equal(all, written.contents.size);
  file.close();
  const opened = SqliteFile.open(written.path, OPTIONS);
  opened.close();
  const key = spoil(written, "body");
  // Not read: what is damaged has not been set aside.
  const spoiled = SqliteFile.open(written.path, OPTIONS);
  for (let round = 0; round < 2; round++) {
    const { ok, damaged, setAside } = spoiled.verify();
    assert.deepEqual([ok, setAside], [false, 0]);
    assert.deepEqual(damaged.map(({ kind, key }) => [kind, key]), [[
      "copy",
      key,
    ]]);
  }
  spoiled.close();
});

Deno.test("SqliteFile.backup() writes what is committed, and goes on", () => {
  using written = someStore();
  const { file } = readFile(written.path);
  const copy = `${written.directory}/copy.db`;
  const before = written.contents;
  file.backup(copy);
  written.commit(file, puts(1_000_000, 10));
  file.close();
  const { file: copied, records } = readFile(copy);
  assert.equal(copied.verify().ok, true);
  copied.close();
  assert.deepEqual(contentsOf(records), before);
  const { file: reopened, records: all } = readFile(written.path);
  reopened.close();
  assert.deepEqual(contentsOf(all), written.contents);
});

Deno.test("SqliteFile.backup() never writes over a file", () => {
  using written = someStore();
  const { file } = readFile(written.path);
  const path = `${written.directory}/precious.txt`;
  Deno.writeTextFileSync(path, "precious");
  assert.throws(() => file.backup(path), {
    code: "storage",
    message: /precious/,
  });
  assert.equal(Deno.readTextFileSync(path), "precious");
  assert.throws(() => file.backup(written.path), { code: "storage" });
  file.close();
});

Deno.test("the log stays short, and a drained file's pages are used again", () => {
  using written = new WrittenStore();
  const options = { reserveBytes: 0, checkpointBytes: 128 * 1024 };
  const { file } = readFile(written.path, options);
  const batch = 100;
  let longest = 0;
  for (let key = 0; key < 10_000; key += batch) {
    const gone = puts(key - batch, key === 0 ? 0 : batch).map((
      { kind, key },
    ): Change => ({ type: "remove", kind, key }));
    file.commit(encodeBatch([...puts(key, batch), ...gone]));
    file.tidy();
    longest = Math.max(longest, bytesOf(`${written.path}-wal`));
  }
  // A batch puts and removes about 100 KiB, a page at a time.
  assert.ok(longest < 2 * options.checkpointBytes + 256 * 1024, `${longest}`);
  file.close();
  const bytes = bytesOf(written.path);
  assert.ok(bytes < 512 * 1024, `5 MB went through ${bytes} bytes`);
});

Deno.test({
  name: "a store on a disk that is read-only is refused",
  ignore: !SmallDisk.isPossible(),
  fn: () => {
    using disk = SmallDisk.make(2 * 1024 * 1024);
    assert.ok(disk);
    const path = `${disk.directory}/bus.db`;
    readFile(path).file.close();
    disk.protect();
    assert.throws(() => readFile(path), {
      code: "storage",
      message: /^Cannot open ".*bus\.db" as /,
    });
    assert.throws(() => readFile(`${disk.directory}/new.db`), {
      code: "storage",
      message: /SQLite cannot open it/,
    });
  },
});

Deno.test("a store in a folder that is not there is refused", () => {
  using written = new WrittenStore();
  const path = `${written.directory}/no/such/bus.db`;
  assert.throws(() => readFile(path), {
    code: "storage",
    message: /no\/such\/bus\.db" as the file and its folder/,
  });
});
