import assert from "node:assert/strict";
import { readNursery } from "../../storage/nursery_reader.ts";
import { SqliteDatabase } from "../../storage/sqlite_database.ts";
import { SqliteFile } from "../../storage/sqlite_file.ts";
import type { Change, StoredRecord } from "../../storage/store.ts";
import { seededRandom } from "../../testing/seeded_random.ts";
import {
  contentsOf,
  killedNow,
  nameOf,
  OPTIONS,
  readFile,
  WrittenStore,
} from "./written_store.ts";

const FLIPS = 400;
/** Records that one bit may cost: those of the page that it makes unreadable. */
const MAX_LOST = 40;

/** Bytes by which the copy with this key is known. */
function body(key: number): Uint8Array {
  return new Uint8Array(200).fill(key);
}

function put(key: number): Change {
  const state = new Uint8Array(40).fill(0xee);
  return { type: "put", kind: "copy", key, body: body(key), state };
}

/** A store whose nursery has 60 records or so, of which two have ended, in some blocks. */
function youngStore(): { written: WrittenStore; path: string } {
  const written = new WrittenStore();
  const { file } = readFile(written.path);
  const keys = Array.from({ length: 60 }, (_, index) => 1 + index);
  written.commit(file, keys.map(put));
  const state = new Uint8Array(40).fill(0xdd);
  written.commit(file, [{ type: "update", kind: "copy", key: 5, state }]);
  written.commit(file, [
    { type: "remove", kind: "copy", key: 7 },
    { type: "remove", kind: "copy", key: 8 },
  ]);
  const path = killedNow(written);
  file.close();
  return { written, path };
}

/** Finds bytes in the nursery, given as text, and changes the first of them. */
function spoil(path: string, text: string): void {
  using database = SqliteDatabase.open(path);
  for (const [key = null, bytes] of database.rows("SELECT * FROM nursery")) {
    if (!(bytes instanceof Uint8Array)) continue;
    const at = bytes.toHex().indexOf(text);
    if (at < 0) continue;
    const changed = bytes.slice();
    changed[at / 2] = ~(changed[at / 2] ?? 0);
    database.run("UPDATE nursery SET body = ? WHERE key = ?", changed, key);
    return;
  }
  assert.fail(`${text} is not there`);
}

/** Reads a file that is damaged, which verify() must find too, and the next opening no more. */
function readDamaged(path: string): StoredRecord[] {
  const { ok, damaged, problems } = verify(path);
  assert.equal(ok, false);
  const { file, records } = readFile(path);
  const told = toldOf(records);
  for (const { kind, key } of damaged) {
    assert.ok(told.map(nameOf).includes(`${kind} ${key}`));
  }
  assert.deepEqual(told.slice(damaged.length).map(damageOf), problems);
  assert.equal(file.verify().ok, true);
  assert.ok(file.verify().setAside > 0);
  file.close();
  const { file: again, records: later } = readFile(path);
  again.close();
  assert.ok(later.every(({ damage }) => damage === undefined), "once");
  assert.deepEqual(contentsOf(later), contentsOf(records));
  return records;
}

/** What is wrong with a file that nobody has read. */
function verify(path: string) {
  const unread = SqliteFile.open(path, OPTIONS);
  try {
    return unread.verify();
  } finally {
    unread.close();
  }
}

function damageOf({ damage = "" }: StoredRecord): string {
  return damage;
}

function toldOf(records: readonly StoredRecord[]): StoredRecord[] {
  return records.filter(({ damage }) => damage !== undefined);
}

Deno.test("a damaged record of the nursery is set aside, and the rest is served", () => {
  const { written, path } = youngStore();
  using _ = written;
  spoil(path, body(20).toHex());
  const records = readDamaged(path);
  const told = toldOf(records);
  assert.deepEqual(told.map(nameOf), ["copy 20"]);
  assert.match(told[0]?.damage ?? "", /of copy 20 as each must have/);
  assert.deepEqual(told[0]?.body.subarray(1), body(20).subarray(1));
  using database = SqliteDatabase.open(path);
  const aside = database.rows("SELECT kind FROM damaged ORDER BY kind");
  assert.deepEqual(aside.flat(), ["copy", "nursery"]);
  const rest = new Map(written.contents);
  rest.delete("copy 20");
  assert.deepEqual(contentsOf(records), rest);
});

Deno.test("a record whose later state is damaged is set aside", () => {
  const { written, path } = youngStore();
  using _ = written;
  spoil(path, "dddddddd");
  const records = readDamaged(path);
  assert.deepEqual(toldOf(records).map(nameOf), ["copy 5"]);
  assert.equal(contentsOf(records).size, written.contents.size - 1);
});

Deno.test("records whose end is damaged are back, and it is told", () => {
  const { written, path } = youngStore();
  using _ = written;
  spoil(path, "0700000000000000" + "0800000000000000");
  const records = readDamaged(path);
  const told = toldOf(records).map(damageOf).join("\n");
  assert.match(told, /what block \d+ of the nursery removes .* are back/);
  assert.match(told, /every copy as the file must .* it has 60 of 58/);
  const names = [...contentsOf(records).keys()];
  assert.ok(names.includes("copy 7") && names.includes("copy 8"));
  assert.equal(names.length, 60);
});

Deno.test("a block of garbage costs what was in it, and is kept as it was found", () => {
  const { written, path } = youngStore();
  using _ = written;
  const garbage = new Uint8Array(900);
  seededRandom(3).fill(garbage);
  {
    using database = SqliteDatabase.open(path);
    database.run("UPDATE nursery SET body = ? WHERE key = 2", garbage);
  }
  const records = readDamaged(path);
  const told = toldOf(records).map(damageOf).join("\n");
  assert.match(told, /Cannot read all of block 2 of the nursery/);
  assert.match(told, /every copy as the file must .* it has \d+ of 58/);
  for (const [name, text] of contentsOf(records)) {
    assert.equal(written.contents.get(name), text, name);
  }
  using database = SqliteDatabase.open(path);
  const [row] = database.rows(
    "SELECT key, body FROM damaged WHERE kind = 'nursery'",
  );
  assert.deepEqual(row, [2, garbage]);
});

Deno.test("no bit of a nursery can be flipped unseen", () => {
  using written = new WrittenStore();
  const { file } = readFile(written.path);
  const bytes = (length: number) => new Uint8Array(length).fill(5);
  const short = { body: bytes(6), state: bytes(4) };
  written.commit(file, [
    { type: "put", kind: "copy", key: 1, ...short },
    { type: "put", kind: "message", key: 2, ...short },
    { type: "put", kind: "copy", key: 3, ...short },
  ]);
  written.commit(file, [
    { type: "update", kind: "copy", key: 1, state: bytes(3) },
    { type: "remove", kind: "copy", key: 3 },
  ]);
  const path = killedNow(written);
  file.close();
  using database = SqliteDatabase.open(path);
  const blocks = database.rows("SELECT key, body FROM nursery");
  assert.equal(blocks.length, 2);
  for (const [key = null, body] of blocks) {
    assert.ok(body instanceof Uint8Array);
    for (let bit = 0; bit < 8 * body.length; bit++) {
      const changed = body.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ 1 << (bit & 7);
      database.run("UPDATE nursery SET body = ? WHERE key = ?", changed, key);
      const { torn } = readNursery(database);
      assert.deepEqual(torn, [key], `bit ${bit} of block ${key}`);
    }
    database.run("UPDATE nursery SET body = ? WHERE key = ?", body, key);
  }
  assert.deepEqual(readNursery(database).torn, []);
});

Deno.test("a change that is damaged so that nobody knows whose it was is told", () => {
  const { written, path } = youngStore();
  using _ = written;
  // The key, in front of the lengths.
  spoil(path, "0500000000000000" + "00000000" + "28000000");
  const told = toldOf(readDamaged(path)).map(damageOf);
  assert.equal(told.length, 1);
  assert.match(told[0] ?? "", /Cannot read all of block \d+ of the nursery/);
});

Deno.test("a block that vanished is told", () => {
  const { written, path } = youngStore();
  using _ = written;
  {
    using database = SqliteDatabase.open(path);
    database.run("DELETE FROM nursery WHERE key = 2");
  }
  assert.match(verify(path).problems.join("\n"), /every nursery block/);
  const { file, records } = readFile(path);
  file.close();
  const told = toldOf(records).map(damageOf).join("\n");
  assert.match(told, /every nursery block as the file .* it has \d+ of \d+/);
  assert.match(told, /every copy as the file must .* it has \d+ of 58/);
  const { file: again, records: later } = readFile(path);
  again.close();
  assert.deepEqual(toldOf(later), []);
});

Deno.test("a flipped bit of a killed process's file is never read as if it had been written", () => {
  using written = new WrittenStore();
  const { file } = readFile(written.path);
  for (let batch = 0; batch < 6; batch++) {
    const keys = Array.from({ length: 40 }, (_, index) => 40 * batch + index);
    written.commit(file, keys.map((key) => put(1 + key)));
    written.commit(
      file,
      keys.filter((key) => key % 3 === 0).map((key) => ({
        ...{ type: "remove", kind: "copy", key: 1 + key },
      })),
    );
  }
  const path = killedNow(written);
  file.close();
  const bytes = Deno.readFileSync(path);
  const random = seededRandom(12);
  let [told, apart] = [0, 0];
  for (let flip = 0; flip < FLIPS; flip++) {
    const image = bytes.slice();
    const at = Math.floor(random.next() * image.length);
    image[at] = (image[at] ?? 0) ^ 1 << Math.floor(random.next() * 8);
    const directory = Deno.makeTempDirSync({ dir: written.directory });
    Deno.writeFileSync(`${directory}/image.db`, image);
    let records: StoredRecord[];
    try {
      const read = readFile(`${directory}/image.db`);
      read.file.close();
      records = read.records;
    } catch {
      continue;
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
    const whole = contentsOf(records);
    const back = [...whole].filter(([name]) => !written.contents.has(name));
    for (const [name, text] of whole) {
      const known = written.contents.get(name);
      if (known !== undefined) assert.equal(known, text, `${flip}: ${name}`);
    }
    const lost = [...written.contents.keys()].filter((name) =>
      !whole.has(name)
    );
    assert.ok(lost.length <= MAX_LOST, `flip ${flip} cost ${lost.length}`);
    if (lost.length + back.length === 0) continue;
    assert.ok(toldOf(records).length > 0, `flip ${flip} is told`);
    told++;
    if (lost.length === 1) apart++;
  }
  assert.ok(told >= FLIPS / 4, `${told} flips are told`);
  assert.ok(apart >= FLIPS / 6, `${apart} cost one record`);
});
