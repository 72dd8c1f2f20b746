import assert from "node:assert/strict";
import { VirtualClock } from "../../../testing/virtual_clock.ts";
import { Dice } from "../../support/dice.ts";
import { DiskError, type Fate, SimDisk } from "./sim_disk.ts";

const FATES: readonly Fate[] = ["kept", "lost", "torn", "reordered"];

function counted(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => at % 251 + 1);
}

/** A disk that has synced 1,000 bytes, and not the 4,000 after them. */
async function halfSynced(seed: number): Promise<SimDisk> {
  const disk = new SimDisk({ dice: new Dice(seed) });
  disk.write(0, counted(1_000));
  await synced(disk);
  disk.write(1_000, counted(4_000));
  return disk;
}

async function synced(disk: SimDisk): Promise<void> {
  const clock = new VirtualClock();
  const done = disk.sync(clock);
  done.catch(() => {});
  await clock.advance(1_000);
  await done;
}

async function read(disk: SimDisk): Promise<Uint8Array> {
  const clock = new VirtualClock();
  const done = disk.read(clock);
  await clock.advance(1_000);
  return (await done).slice();
}

Deno.test("SimDisk.crash() leaves what was synced as it was, whatever becomes of the rest", async () => {
  for (const fate of FATES) {
    for (let seed = 0; seed < 20; seed++) {
      const disk = await halfSynced(seed);
      disk.crash(fate);
      const bytes = await read(disk);
      assert.deepEqual(bytes.subarray(0, 1_000), counted(1_000), fate);
    }
  }
});

Deno.test("SimDisk.crash() keeps what a process has written when only the process dies", async () => {
  const disk = await halfSynced(1);
  disk.crash("kept");
  assert.deepEqual((await read(disk)).subarray(1_000), counted(4_000));
  assert.equal(disk.unsyncedBytes, 4_000);
  disk.crash("lost");
  assert.equal((await read(disk)).length, 1_000);
});

Deno.test("SimDisk.crash() loses all that was not synced, a tail of it, or any of its sectors", async () => {
  const lost = await halfSynced(1);
  lost.crash("lost");
  assert.equal((await read(lost)).length, 1_000);
  const lengths = new Set<number>();
  let holes = 0;
  for (let seed = 0; seed < 50; seed++) {
    const torn = await halfSynced(seed);
    torn.crash("torn");
    const left = (await read(torn)).subarray(1_000);
    lengths.add(left.length);
    assert.deepEqual(left, counted(4_000).subarray(0, left.length));
    const reordered = await halfSynced(seed);
    reordered.crash("reordered");
    if ((await read(reordered)).includes(0)) holes++;
    assert.equal(reordered.unsyncedBytes, 0);
  }
  assert.ok(lengths.size > 20, `${lengths.size} lengths`);
  assert.ok([...lengths].some((length) => (1_000 + length) % 512 !== 0));
  assert.ok(!lengths.has(4_000), "something is torn");
  assert.ok(holes > 20, `${holes} holes`);
});

Deno.test("SimDisk.write() that fails has written nothing, or a part", async () => {
  const parts = new Set<number>();
  for (let seed = 0; seed < 40; seed++) {
    const disk = await halfSynced(seed);
    disk.faults.fail(1);
    assert.throws(
      () => disk.write(5_000, counted(600)),
      (error) => error instanceof DiskError && error.code === "EIO",
    );
    parts.add(disk.length - 5_000);
    assert.equal(disk.counts.failedWrites, 1);
  }
  assert.ok(parts.has(0) && !parts.has(600) && parts.size > 10);
});

Deno.test("SimDisk.sync() that fails loses what it should have kept, and the next one goes well", async () => {
  const disk = await halfSynced(1);
  const end = disk.faults.fail(1);
  await assert.rejects(
    synced(disk),
    (error) => error instanceof DiskError && error.code === "EIO",
  );
  end();
  assert.equal(disk.length, 1_000);
  disk.write(1_000, counted(10));
  await synced(disk);
  disk.crash("lost");
  assert.equal((await read(disk)).length, 1_010);
  assert.equal(disk.counts.failedSyncs, 1);
});

Deno.test("SimDisk.write() on a full disk finds no space, but what is held back for urgent ones, until there is space again", async () => {
  const disk = await halfSynced(1);
  const end = disk.faults.fill();
  assert.throws(() => disk.write(disk.length, counted(100)), /ENOSPC/);
  disk.write(0, counted(100));
  let urgent = 0;
  const writeUrgent = () => {
    for (;; urgent++) disk.write(disk.length, counted(1_000), true);
  };
  assert.throws(writeUrgent, /ENOSPC/);
  assert.equal(urgent, 16);
  assert.equal(disk.counts.reservedWrites, 16);
  end();
  disk.write(disk.length, counted(100));
  disk.faults.fill();
  disk.write(disk.length, counted(1_000), true);
});

Deno.test("SimDisk.write() finds no space beyond its capacity", () => {
  const disk = new SimDisk({ dice: new Dice(1), capacityBytes: 1_000 });
  disk.write(0, counted(1_000));
  assert.throws(() => disk.write(1_000, counted(2)), /ENOSPC/);
});

Deno.test("SimDisk.sync() that lies says nothing, and the next crash shows it", async () => {
  const disk = await halfSynced(1);
  disk.faults.lie();
  await synced(disk);
  assert.equal(disk.counts.lies, 1);
  assert.equal(disk.unsyncedBytes, 4_000);
  disk.crash("lost");
  assert.equal((await read(disk)).length, 1_000);
});

Deno.test("SimDisk.sync() takes its time on a slow disk, and syncs nothing for who dies meanwhile", async () => {
  const disk = await halfSynced(1);
  disk.faults.slow({ minMs: 300, maxMs: 300 });
  const clock = new VirtualClock();
  let isDone = false;
  void disk.sync(clock).then(() => isDone = true);
  await clock.advance(299);
  assert.equal(isDone, false);
  assert.equal(disk.unsyncedBytes, 4_000);
  await clock.advance(1);
  assert.equal(isDone, true);
  assert.equal(disk.unsyncedBytes, 0);
  assert.equal(disk.counts.slowed, 1);
});

Deno.test("SimDisk draws the same for the same seed, and otherwise for another", async () => {
  const traceOf = async (seed: number) => {
    const disk = new SimDisk({ dice: new Dice(seed) });
    disk.faults.fail(0.3);
    for (let turn = 0; turn < 40; turn++) {
      try {
        disk.write(disk.length, counted(700));
        await synced(disk);
      } catch {
        // What is left shows it.
      }
      if (turn % 8 === 7) disk.crash("reordered");
    }
    disk.faults.heal();
    return JSON.stringify([[...await read(disk)], disk.counts]);
  };
  assert.equal(await traceOf(1), await traceOf(1));
  assert.notEqual(await traceOf(1), await traceOf(2));
});
