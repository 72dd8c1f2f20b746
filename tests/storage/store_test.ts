import assert from "node:assert/strict";
import { SqliteDatabase } from "../../storage/sqlite_database.ts";
import { sqliteStore } from "../../storage/sqlite_store.ts";
import type { Change, Store, StoredRecord } from "../../storage/store.ts";
import { WrittenStore } from "./written_store.ts";

function puts(count: number): Change[] {
  return Array.from({ length: count }, (_, key) => ({
    type: "put",
    kind: "copy",
    key,
    body: new Uint8Array(450).fill(key),
    state: Uint8Array.of(key & 255),
  }));
}

async function read(store: Store): Promise<StoredRecord[]> {
  return (await Array.fromAsync(store.open())).flat();
}

Deno.test("sqliteStore() refuses options that are out of range", () => {
  for (const reserveBytes of [-1, 0.5, NaN, Infinity]) {
    assert.throws(() => sqliteStore("a.db", { reserveBytes }), {
      name: "RangeError",
      message: /reserveBytes must be a whole number from 0: current value is/,
    });
  }
  for (const checkpointBytes of [4_095, 2 ** 60, "1" as unknown as number]) {
    assert.throws(() => sqliteStore("a.db", { checkpointBytes }), RangeError);
  }
  for (const path of ["", ":memory:", undefined as unknown as string]) {
    assert.throws(() => sqliteStore(path), TypeError);
  }
});

Deno.test("a store that was not opened has no file", async () => {
  using written = new WrittenStore();
  await using store = sqliteStore(written.path);
  assert.deepEqual(store.size, { bytes: 0, records: 0 });
  await assert.rejects(store.verify(), { code: "storage", retryable: false });
  await assert.rejects(store.backup("x"), { code: "storage" });
  assert.deepEqual([...Deno.readDirSync(written.directory)], []);
});

Deno.test("the reserve is there after the first commit", async () => {
  using written = new WrittenStore();
  await using store = sqliteStore(written.path, { reserveBytes: 10_000 });
  await read(store);
  await store.commit(puts(1));
  assert.equal(Deno.statSync(`${written.path}-reserve`).size, 10_000);
});

Deno.test("verify() and backup() work while the store is open", async () => {
  using written = new WrittenStore();
  await using store = sqliteStore(written.path);
  await read(store);
  await store.commit(puts(3_000));
  const committing = store.commit([{ type: "remove", kind: "copy", key: 0 }]);
  const copy = `${written.directory}/copy.db`;
  const [report] = await Promise.all([
    store.verify(),
    store.backup(copy),
    committing,
  ]);
  assert.equal(report.ok, true);
  assert.equal(report.records.copy, 2_999);
  await using copied = sqliteStore(copy);
  assert.equal((await read(copied)).length, 2_999);
  await assert.rejects(store.backup(copy), { code: "storage" });
});

Deno.test("damaged records come through with what is wrong with them", async () => {
  using written = new WrittenStore();
  {
    await using store = sqliteStore(written.path);
    await read(store);
    await store.commit(puts(3_000));
  }
  {
    using database = SqliteDatabase.open(written.path);
    database.run(`UPDATE "copy" SET state = x'' WHERE key = 1500`);
  }
  await using store = sqliteStore(written.path);
  const records = await read(store);
  assert.deepEqual(records.map(({ key }) => key), [...Array(3_000).keys()]);
  const damaged = records.filter(({ damage }) => damage !== undefined);
  assert.equal(damaged.length, 1);
  assert.match(damaged[0]?.damage ?? "", /the state of copy 1500/);
  assert.equal(store.size.records, 2_999);
});

Deno.test("close() ends a reading that goes on", async () => {
  using written = new WrittenStore();
  await using store = sqliteStore(written.path);
  await read(store);
  await store.commit(puts(20_000));
  await store.close();
  const groups = store.open()[Symbol.asyncIterator]();
  await groups.next();
  await store.close();
  await assert.rejects(async () => {
    while (!(await groups.next()).done);
  }, { code: "storage" });
  assert.equal((await read(store)).length, 20_000);
});

Deno.test("a commit waits behind what was asked before, and close() behind the commit", async () => {
  using written = new WrittenStore();
  const store = sqliteStore(written.path);
  await read(store);
  const committing = store.commit(puts(5_000));
  await store.close();
  await committing;
  await using again = sqliteStore(written.path);
  assert.equal((await read(again)).length, 5_000);
});
