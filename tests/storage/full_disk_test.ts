import assert from "node:assert/strict";
import { BusError } from "../../core/errors.ts";
import { encodeBatch } from "../../storage/change_batch.ts";
import { recordsOf } from "../../storage/record_group.ts";
import { SqliteFile } from "../../storage/sqlite_file.ts";
import type { Change } from "../../storage/store.ts";
import { bytesOf } from "../../storage/sqlite_hold.ts";
import { SmallDisk } from "./small_disk.ts";

const DISK_BYTES = 2 * 1024 * 1024;
const OPTIONS = { reserveBytes: 256 * 1024, checkpointBytes: 256 * 1024 };
const STATE = new Uint8Array(40);
const BODY = new Uint8Array(450).fill(7);
const BATCH = 20;

const mayMount = SmallDisk.isPossible();

/** A test that fills a disk; left out where nobody lets us mount one. */
function fullDiskTest(name: string, check: (disk: SmallDisk) => void): void {
  Deno.test({
    name,
    ignore: !mayMount,
    fn: () => {
      using disk = SmallDisk.make(DISK_BYTES);
      assert.ok(disk);
      check(disk);
    },
  });
}

function open(disk: SmallDisk): { file: SqliteFile; keys: number[] } {
  const file = SqliteFile.open(`${disk.directory}/bus.db`, OPTIONS);
  const keys = [...file.read()].flatMap(recordsOf).map(({ key, damage }) => {
    assert.equal(damage, undefined);
    return key;
  });
  return { file, keys };
}

function put(key: number): Change {
  return { type: "put", kind: "copy", key, body: BODY, state: STATE };
}

function puts(from: number): ArrayBuffer {
  return encodeBatch(Array.from({ length: BATCH }, (_, at) => put(from + at)));
}

/** Keeps batches until there is no room. @returns The key that the refused batch began with. */
function fillUp(file: SqliteFile, from = 0): number {
  for (let key = from;; key += BATCH) {
    const before = file.size.records;
    try {
      file.commit(puts(key));
    } catch (error) {
      assert.ok(error instanceof BusError);
      assert.equal(error.code, "storage");
      assert.equal(error.retryable, true);
      assert.ok(error.cause instanceof Error);
      assert.match(error.message, /bus\.db" as .*room.*: the disk is full/);
      assert.equal(file.size.records, before);
      return key;
    }
    file.tidy();
  }
}

/** Bytes of the file that is held back. */
function reserveOf(disk: SmallDisk): number {
  return bytesOf(`${disk.directory}/bus.db-reserve`);
}

/** Makes urgent changes until the reserve is needed. @returns The next key. */
function giveUpReserve(
  disk: SmallDisk,
  file: SqliteFile,
  from: number,
): number {
  assert.equal(reserveOf(disk), OPTIONS.reserveBytes);
  let key = from;
  while (reserveOf(disk) > 0) file.commit(encodeBatch([put(key++)]), true);
  return key;
}

function keysTo(end: number, from = 0): number[] {
  return Array.from({ length: end - from }, (_, at) => from + at);
}

fullDiskTest(
  "a commit that finds the disk full is refused, and nothing of it is kept",
  (disk) => {
    const { file } = open(disk);
    const end = fillUp(file);
    assert.ok(end > 500, `${end} records found room`);
    file.close();
    const { file: reopened, keys } = open(disk);
    reopened.close();
    assert.deepEqual(keys, keysTo(end));
  },
);

fullDiskTest(
  "with the disk full, all that is kept can still be updated and removed",
  (disk) => {
    const { file } = open(disk);
    const end = fillUp(file);
    disk.fill();
    for (let key = 0; key < end; key += BATCH) {
      const changes = keysTo(key + BATCH, key).flatMap((key): Change[] => [
        { type: "update", kind: "copy", key, state: STATE },
        { type: "remove", kind: "copy", key },
      ]);
      file.commit(encodeBatch(changes), true);
      file.tidy();
    }
    assert.equal(file.size.records, 0);
    file.close();
    const { file: reopened, keys } = open(disk);
    reopened.close();
    assert.deepEqual(keys, []);
  },
);

fullDiskTest(
  "room that was given up for urgent changes is not for others",
  (disk) => {
    const { file } = open(disk);
    const end = giveUpReserve(disk, file, fillUp(file));
    assert.throws(() => file.commit(encodeBatch([put(end)])), /is full/);
    file.commit(encodeBatch([put(end)]), true);
    file.close();
    const { file: reopened, keys } = open(disk);
    reopened.close();
    assert.ok(keys.includes(end));
  },
);

fullDiskTest(
  "once there is room, the next commit works, and the reserve is there again",
  (disk) => {
    const { file } = open(disk);
    file.commit(puts(0));
    const rest = disk.fill();
    const end = giveUpReserve(disk, file, fillUp(file, BATCH));
    assert.throws(() => file.commit(puts(end)), /the disk is full/);
    Deno.removeSync(rest);
    file.commit(puts(end));
    assert.equal(reserveOf(disk), OPTIONS.reserveBytes);
    file.close();
  },
);

fullDiskTest("a full disk does not keep a store from being opened", (disk) => {
  const { file } = open(disk);
  const end = fillUp(file);
  disk.fill();
  file.close();
  const { file: reopened, keys } = open(disk);
  assert.deepEqual(keys, keysTo(end));
  reopened.close();
});
