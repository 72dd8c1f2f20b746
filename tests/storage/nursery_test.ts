import assert from "node:assert/strict";
import { SqliteDatabase } from "../../storage/sqlite_database.ts";
import type { SqliteFile } from "../../storage/sqlite_file.ts";
import type { Change, RecordKind } from "../../storage/store.ts";
import { seededRandom } from "../../testing/seeded_random.ts";
import {
  contentsOf,
  killedNow,
  readFile,
  WrittenStore,
} from "./written_store.ts";

const STATE = new Uint8Array(40);

function put(key: number, bytes = 300, kind: RecordKind = "copy"): Change {
  const body = new Uint8Array(bytes).fill(key & 255);
  return { type: "put", kind, key, body, state: STATE };
}

function update(key: number, value: number): Change {
  const state = new Uint8Array(40).fill(value);
  return { type: "update", kind: "copy", key, state };
}

function remove(key: number, kind: RecordKind = "copy"): Change {
  return { type: "remove", kind, key };
}

function countOf(path: string, table: string): number {
  using database = SqliteDatabase.open(path);
  return Number(database.value(`SELECT count(*) FROM "${table}"`));
}

/** Checks that a file has what was written, is sound, and goes on being so. */
function assertSound(path: string, written: WrittenStore): void {
  const { file, records } = readFile(path);
  assert.deepEqual(contentsOf(records), written.contents);
  assert.equal(records.length, written.contents.size);
  assert.equal(file.size.records, written.contents.size);
  assert.deepEqual(file.verify().problems, []);
  assert.equal(file.verify().ok, true);
  file.close();
}

/** Commits until so many bytes went through, and nothing of them stayed. */
function passThrough(
  written: WrittenStore,
  file: SqliteFile,
  { from, bytes }: { from: number; bytes: number },
): void {
  for (let key = from; bytes > 0; key++, bytes -= 400_000) {
    written.commit(file, [put(key, 400_000)]);
    written.commit(file, [remove(key)]);
  }
}

Deno.test("new records are in the nursery, and read in their places among the others", () => {
  using written = new WrittenStore();
  const { file } = readFile(written.path);
  const odd = Array.from({ length: 1_000 }, (_, index) => put(2 * index + 1));
  written.commit(file, odd);
  file.close();
  assert.equal(countOf(written.path, "nursery"), 0);
  assert.equal(countOf(written.path, "copy"), 1_000);
  const { file: reopened } = readFile(written.path);
  // These are below the highest key: they might be there already.
  written.commit(reopened, [put(0), put(10), put(11)]);
  written.commit(reopened, [put(3_001), put(3_000, 10, "message")]);
  written.commit(reopened, [put(2_003), put(5_000), update(3_001, 4)]);
  const path = killedNow(written);
  assert.equal(countOf(path, "copy"), 1_003);
  assert.equal(countOf(path, "message"), 0);
  const { file: after, records } = readFile(path);
  const copies = records.filter(({ kind }) => kind === "copy");
  const keys = copies.map(({ key }) => key);
  assert.deepEqual(keys, keys.toSorted((one, other) => one - other));
  after.close();
  assert.equal(countOf(path, "nursery"), 0, "a file that was closed has none");
  reopened.close();
  for (const name of [path, written.path]) assertSound(name, written);
});

Deno.test("what ended in the nursery leaves no trace in the file", () => {
  using written = new WrittenStore();
  const { file } = readFile(written.path);
  for (let batch = 0; batch < 50; batch++) {
    const keys = Array.from({ length: 100 }, (_, index) => 100 * batch + index);
    written.commit(file, keys.map((key) => put(key)));
    written.commit(file, keys.map((key) => remove(key)));
  }
  const path = killedNow(written);
  // Those of the last two commits are still there.
  assert.ok(countOf(path, "nursery") < 15, "its blocks are removed");
  assert.equal(countOf(path, "copy"), 0);
  assertSound(path, written);
  file.close();
  assertSound(written.path, written);
});

Deno.test("a record that stays leaves for its table, as it is by then", () => {
  using written = new WrittenStore();
  const { file } = readFile(written.path);
  written.commit(file, [put(1), put(2), put(3), put(4), put(5)]);
  written.commit(file, [update(5, 9)]);
  written.commit(file, [put(6), update(1, 1), remove(3), put(5, 200)]);
  written.commit(file, [update(1, 2), update(6, 3)]);
  passThrough(written, file, { from: 100, bytes: 6_000_000 });
  const path = killedNow(written);
  assert.equal(countOf(path, "copy"), 5);
  assert.ok(countOf(path, "nursery") < 12, "its blocks are removed");
  assertSound(path, written);
  // What happens to it now happens in its table.
  written.commit(file, [update(1, 5), remove(2), put(4, 20), remove(6)]);
  assertSound(killedNow(written), written);
  written.commit(file, [put(2), remove(1)]);
  file.close();
  assertSound(written.path, written);
});

Deno.test("records that change again and again leave for their tables, too", () => {
  using written = new WrittenStore();
  const { file } = readFile(written.path);
  const keys = Array.from({ length: 1_000 }, (_, key) => key);
  written.commit(file, keys.map((key) => put(key)));
  // 62 bytes for each.
  for (let round = 0; round < 75; round++) {
    written.commit(file, keys.map((key) => update(key, round)));
  }
  const path = killedNow(written);
  assert.equal(countOf(path, "copy"), 1_000);
  using database = SqliteDatabase.open(path);
  const bytes = Number(database.value("SELECT sum(length(body)) FROM nursery"));
  assert.ok(bytes < 4_400_000, `${bytes} bytes in the nursery`);
  database.close();
  assertSound(path, written);
  file.close();
});

Deno.test("a record that came again stays longer than those that it came with", () => {
  using written = new WrittenStore();
  const { file } = readFile(written.path);
  written.commit(file, [put(10), put(20), put(30)]);
  passThrough(written, file, { from: 100, bytes: 4_000_000 });
  written.commit(file, [put(10, 50), put(20, 60)]);
  passThrough(written, file, { from: 200, bytes: 800_000 });
  const path = killedNow(written);
  assert.equal(countOf(path, "copy"), 1);
  const { file: after, records } = readFile(path);
  assert.deepEqual(records.map(({ key }) => key), [10, 20, 30]);
  after.close();
  assertSound(path, written);
  file.close();
});

Deno.test("where most records stay, they go to their tables at once, until they do not", () => {
  using written = new WrittenStore();
  const { file } = readFile(written.path);
  let key = 0;
  const kept: number[] = [];
  for (; kept.length < 100; kept.push(key)) {
    written.commit(file, [put(++key, 200_000)]);
  }
  const before = countOf(killedNow(written), "copy");
  // About 20 fit before the first has to leave; of the rest, 1 in 16 is tried.
  assert.ok(before >= 90 && before < 100, `${before} in the table`);
  assertSound(killedNow(written), written);
  for (const one of kept) written.commit(file, [remove(one)]);
  for (let round = 0; round < 200; round++) {
    written.commit(file, [put(++key)]);
    written.commit(file, [remove(key)]);
  }
  written.commit(file, [put(++key)]);
  const path = killedNow(written);
  assert.equal(countOf(path, "copy"), 0);
  assertSound(path, written);
  file.close();
  assertSound(written.path, written);
});

Deno.test("whatever is done in whatever order, a killed file has what was committed", () => {
  for (let seed = 0; seed < 12; seed++) {
    using written = new WrittenStore();
    const random = seededRandom(seed);
    const below = (count: number) => Math.floor(random.next() * count);
    let { file } = readFile(written.path);
    for (let batch = 0; batch < 60; batch++) {
      const changes: Change[] = [];
      for (let index = below(6); index >= 0; index--) {
        const key = batch + below(40);
        const kind = below(3) === 0 ? "message" : "copy";
        const size = below(12) === 0 ? 500_000 : below(600);
        const made = [put(key, size, kind), update(key, batch)];
        changes.push(made[below(2)] ?? remove(key));
        for (let ends = below(5); ends > 0; ends--) {
          changes.push(remove(Math.max(0, key - 30 + below(60)), kind));
        }
      }
      written.commit(file, changes);
      if (below(10) > 0) continue;
      const path = killedNow(written);
      assertSound(path, written);
      if (below(2) > 0) continue;
      // From here on as another process.
      file.close();
      file = readFile(written.path).file;
    }
    file.close();
    assertSound(written.path, written);
  }
});

Deno.test("a backup has what is in the nursery", () => {
  using written = new WrittenStore();
  const { file } = readFile(written.path);
  written.commit(file, [put(1), put(2), put(3)]);
  written.commit(file, [update(1, 7), remove(2)]);
  const copy = `${written.directory}/copy.db`;
  file.backup(copy);
  assert.ok(countOf(copy, "nursery") > 0);
  assertSound(copy, written);
  assert.equal(file.verify().records.copy, 2);
  file.close();
});

Deno.test("a process that goes on with a killed one's nursery ends what was in it", () => {
  using written = new WrittenStore();
  const first = readFile(written.path).file;
  written.commit(first, [put(1), put(2), put(3), put(4, 8, "message")]);
  written.commit(first, [update(2, 6), remove(3)]);
  const path = killedNow(written);
  first.close();
  const { file } = readFile(path);
  written.commit(file, [remove(1), remove(4, "message"), put(7), update(7, 2)]);
  passThrough(written, file, { from: 100, bytes: 6_000_000 });
  file.close();
  assertSound(path, written);
});
