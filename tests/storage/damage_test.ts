import assert from "node:assert/strict";
import { isBusError } from "../../core/errors.ts";
import type { StoredRecord } from "../../storage/store.ts";
import { findLogDamage } from "../../storage/sqlite_log.ts";
import { seededRandom } from "../../testing/seeded_random.ts";
import {
  busyBatches,
  contentsOf,
  nameOf,
  readFile,
  WrittenStore,
} from "./written_store.ts";

/** As in SQLite's format of a write-ahead log. */
const LOG = { header: 32, frame: 24 + 4_096, atCommit: 4, atSums: 16 };
const FILE_FLIPS = 600;
const LOG_FLIPS = 400;
const CUTS = 60;
/** Records that one bit may cost: those of the page that it makes unreadable. */
const MAX_LOST = 40;

/** A store that was closed, and the bytes of its file. */
function closedStore(): { store: WrittenStore; bytes: Uint8Array } {
  const store = new WrittenStore();
  const { file } = readFile(store.path);
  for (const batch of busyBatches(1, 24)) store.commit(file, batch);
  file.close();
  return { store, bytes: Deno.readFileSync(store.path) };
}

/** A store that is still open, and the bytes of its file and of its log, which has all of its commits. */
function openStore() {
  const store = new WrittenStore();
  const { file } = readFile(store.path);
  for (const batch of busyBatches(2, 12)) store.commit(file, batch);
  const bytes = Deno.readFileSync(store.path);
  const log = Deno.readFileSync(`${store.path}-wal`);
  file.close();
  return { store, bytes, log };
}

function flipped(bytes: Uint8Array, random: { next(): number }): Uint8Array {
  const copy = bytes.slice();
  const at = Math.floor(random.next() * copy.length);
  copy[at] = (copy[at] ?? 0) ^ 1 << Math.floor(random.next() * 8);
  return copy;
}

/** What is read of a file with these bytes; `undefined` if it is refused. */
function readImage(
  store: WrittenStore,
  bytes: Uint8Array,
  log?: Uint8Array,
): StoredRecord[] | undefined {
  const directory = Deno.makeTempDirSync({ dir: store.directory });
  const path = `${directory}/image.db`;
  Deno.writeFileSync(path, bytes);
  if (log) Deno.writeFileSync(`${path}-wal`, log);
  try {
    const { file, records } = readFile(path);
    file.close();
    return records;
  } catch (error) {
    if (isBusError(error) && error.code === "storage") return;
    throw error;
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test("a flipped bit of the file is never read as if it had been written", () => {
  const { store, bytes } = closedStore();
  using _ = store;
  const random = seededRandom(5);
  let refused = 0;
  let named = 0;
  for (let flip = 0; flip < FILE_FLIPS; flip++) {
    const records = readImage(store, flipped(bytes, random));
    if (!records) {
      refused++;
      continue;
    }
    const whole = contentsOf(records);
    const damaged = records.filter(({ damage }) => damage !== undefined);
    for (const [name, text] of whole) {
      assert.equal(store.contents.get(name), text, `flip ${flip}: ${name}`);
    }
    const lost = [...store.contents.keys()].filter((name) => !whole.has(name));
    assert.ok(lost.length <= MAX_LOST, `flip ${flip} cost ${lost.length}`);
    if (lost.length === 0) continue;
    assert.ok(damaged.length > 0, `flip ${flip} is told`);
    if (damaged.map(nameOf).includes(lost[0] ?? "")) named++;
  }
  assert.ok(refused <= FILE_FLIPS / 20, `${refused} files are refused`);
  assert.ok(named >= FILE_FLIPS / 2, `${named} damaged records are named`);
});

Deno.test("a flipped bit of the log costs no commit but the last without a word", () => {
  const { store, bytes, log } = openStore();
  using _ = store;
  const { history } = store;
  const states = history.map((contents) =>
    JSON.stringify([...contents].sort())
  );
  const random = seededRandom(6);
  let told = 0;
  for (let flip = 0; flip < LOG_FLIPS; flip++) {
    const records = readImage(store, bytes, flipped(log, random));
    assert.ok(records, `flip ${flip} leaves a file that can be read`);
    const state = JSON.stringify([...contentsOf(records)].sort());
    const commit = states.indexOf(state);
    assert.notEqual(commit, -1, `flip ${flip} leaves what a commit left`);
    const lost = states.length - 1 - commit;
    const alarms = records.filter(({ damage }) => damage !== undefined);
    if (alarms.length > 0) told++;
    assert.ok(lost < 2 || alarms.length === 1, `flip ${flip} cost ${lost}`);
    assert.ok(lost > 0 || alarms.length === 0, `flip ${flip} cost nothing`);
  }
  assert.ok(told >= LOG_FLIPS / 2, `${told} flips are told`);
});

Deno.test("a log is not damaged where a commit was cut off over what is left of another that was", () => {
  const { store, log } = openStore();
  using _ = store;
  const view = new DataView(log.buffer);
  const frames = Math.floor((log.length - LOG.header) / LOG.frame);
  const at = (frame: number) => LOG.header + frame * LOG.frame;
  const endsCommit = (frame: number) =>
    view.getUint32(at(frame) + LOG.atCommit) > 0;
  const middle = Array.from({ length: frames - 1 }, (_, frame) => frame)
    .findLast((frame) => !endsCommit(frame) && !endsCommit(frame + 1));
  assert.ok(middle !== undefined, "no commit has three frames");
  // Killed in the middle of it; the next commit is shorter, and only begun on the disk.
  view.setUint32(at(middle) + LOG.atCommit, 1);
  view.setUint32(at(middle) + LOG.atSums, 0);
  log.fill(0, at(middle + 1) - 512, at(middle + 1));
  log[at(middle + 1) - 513]! ^= 1;
  assert.equal(findLogDamage(log.slice(0, at(middle + 2))), undefined);
});

Deno.test("a file that was cut is refused, or what is missing is told", () => {
  const { store, bytes } = closedStore();
  using _ = store;
  const random = seededRandom(7);
  for (let cut = 0; cut < CUTS; cut++) {
    const length = 1 + Math.floor(random.next() * (bytes.length - 1));
    const records = readImage(store, bytes.subarray(0, length));
    if (!records) continue;
    const whole = contentsOf(records);
    for (const [name, text] of whole) {
      assert.equal(store.contents.get(name), text, `cut to ${length}: ${name}`);
    }
    const told = records.some(({ damage }) => damage !== undefined);
    assert.ok(told || whole.size === store.contents.size, `cut to ${length}`);
  }
});

Deno.test("a log that was cut leaves what a commit left", () => {
  const { store, bytes, log } = openStore();
  using _ = store;
  const states = store.history.map((contents) =>
    JSON.stringify([...contents].sort())
  );
  const random = seededRandom(8);
  for (let cut = 0; cut < CUTS; cut++) {
    const length = Math.floor(random.next() * log.length);
    const records = readImage(store, bytes, log.subarray(0, length));
    assert.ok(records);
    assert.ok(records.every(({ damage }) => damage === undefined));
    const state = JSON.stringify([...contentsOf(records)].sort());
    assert.ok(states.includes(state), `cut to ${length}`);
  }
});

Deno.test("pages of garbage cost what was in them, and the file is kept as it was found", () => {
  const { store, bytes } = closedStore();
  using _ = store;
  const random = seededRandom(9);
  const spoiled = bytes.slice();
  // Behind the tables' first pages, whose loss is that of a table.
  for (const page of [30, 31, 60]) {
    random.fill(spoiled.subarray(page * 4_096, (page + 1) * 4_096));
  }
  Deno.writeFileSync(store.path, spoiled);
  const { file, records } = readFile(store.path);
  const whole = contentsOf(records);
  const lost = store.contents.size - whole.size;
  assert.ok(lost > 0 && lost <= 3 * MAX_LOST, `${lost} records are lost`);
  for (const [name, text] of whole) {
    assert.equal(store.contents.get(name), text, name);
  }
  const told = records.flatMap(({ damage = [] }) => damage);
  assert.match(
    told.join("\n"),
    /its pages must fit together: .*bus\.db-damaged-1/s,
  );
  assert.match(told.join("\n"), /it has \d+ of \d+/);
  assert.deepEqual(Deno.readFileSync(`${store.path}-damaged-1`), spoiled);
  assert.equal(file.verify().ok, true);
  file.close();
});

Deno.test("a damaged log is kept as it was found", () => {
  const { store, bytes, log } = openStore();
  using _ = store;
  const path = `${store.directory}/image.db`;
  log[log.length >> 1] = (log[log.length >> 1] ?? 0) ^ 1;
  Deno.writeFileSync(path, bytes);
  Deno.writeFileSync(`${path}-wal`, log);
  const { file, records } = readFile(path);
  file.close();
  const told = records.flatMap(({ damage = [] }) => damage);
  assert.equal(told.length, 1);
  assert.match(
    told[0] ?? "",
    /frame \d+ of \d+ is damaged, and it and the commits after it are lost: \d+ at least; it is kept as ".*image\.db-wal-damaged-1"/,
  );
  assert.deepEqual(Deno.readFileSync(`${path}-wal-damaged-1`), log);
});
