import assert from "node:assert/strict";
import { BusError } from "../../../core/errors.ts";
import { type Change, RECORD_KINDS } from "../../../storage/store.ts";
import { Dice } from "../../support/dice.ts";
import { DiskStage, keysOf, put } from "./disk_stage.ts";
import type { Fate } from "./sim_disk.ts";
import type { CommitMoment, SimStore } from "./sim_store.ts";

const isStorage = (error: unknown) =>
  error instanceof BusError && error.code === "storage";
const FATES: readonly Fate[] = ["kept", "lost", "torn", "reordered"];

Deno.test("SimStore.open() reads what was committed: by kind, then by key, with its last state", async () => {
  const stage = new DiskStage();
  const { store } = await stage.open();
  const changes: Change[] = RECORD_KINDS.toReversed().flatMap((kind) =>
    [7, 3].map((key) => ({ ...put(key), kind }))
  );
  await stage.finish(store.commit(changes));
  await stage.finish(store.commit([
    { type: "update", kind: "copy", key: 3, state: Uint8Array.of(9, 9) },
    { type: "update", kind: "copy", key: 4, state: Uint8Array.of(1) },
    { type: "remove", kind: "rule", key: 7 },
    { type: "remove", kind: "rule", key: 8 },
    { ...put(3, 2), kind: "letter" },
  ]));
  assert.equal(store.size.records, 2 * RECORD_KINDS.length - 1);
  assert.equal(store.size.bytes, stage.disk.length);
  stage.crash("lost");
  const records = await stage.reopened();
  assert.deepEqual(
    records.map(({ kind, key }) => `${kind} ${key}`),
    RECORD_KINDS.flatMap((kind) =>
      kind === "rule" ? ["rule 3"] : [`${kind} 3`, `${kind} 7`]
    ),
  );
  const copy = records.find(({ kind }) => kind === "copy");
  assert.deepEqual(copy?.state, Uint8Array.of(9, 9));
  assert.deepEqual(copy?.body, new Uint8Array(10).fill(3));
  const letter = records.find(({ kind }) => kind === "letter");
  assert.equal(letter?.body.length, 2);
});

Deno.test("SimStore keeps its own copy of what it commits", async () => {
  const stage = new DiskStage();
  const { store } = await stage.open();
  const body = Uint8Array.of(1, 2, 3);
  const state = Uint8Array.of(4);
  const change = { type: "put", kind: "copy", key: 0, body, state } as const;
  await stage.finish(store.commit([change]));
  body.fill(0);
  const [record] = await (stage.crash("kept"), stage.reopened());
  assert.deepEqual(record?.body, Uint8Array.of(1, 2, 3));
});

Deno.test("SimStore.commit() that has resolved survives every crash, and one under way survives whole or not at all", async () => {
  const found = new Set<string>();
  for (const fate of FATES) {
    for (let seed = 0; seed < 25; seed++) {
      const stage = new DiskStage(seed);
      const { store } = await stage.open();
      await stage.finish(store.commit([put(1), put(2, 2_000)]));
      stage.disk.faults.slow({ minMs: 10, maxMs: 10 });
      void store.commit([put(3, 3_000), put(4), put(5)]);
      await stage.clock.advance(9);
      stage.crash(fate);
      stage.disk.faults.heal();
      const keys = keysOf(await stage.reopened()).join();
      assert.ok(["1,2", "1,2,3,4,5"].includes(keys), `${fate}: ${keys}`);
      found.add(`${fate} ${keys}`);
    }
  }
  assert.ok(found.has("kept 1,2,3,4,5"));
  assert.ok(!found.has("kept 1,2"));
  assert.ok(found.has("torn 1,2") && found.has("lost 1,2"));
});

Deno.test("SimStore.commit() that is refused has changed nothing, and the next one goes well", async () => {
  for (let seed = 0; seed < 60; seed++) {
    const stage = new DiskStage(seed);
    const { store } = await stage.open();
    await stage.finish(store.commit([put(1)]));
    const { faults } = stage.disk;
    const end = seed % 2 === 0 ? faults.fail(1) : faults.fill();
    await assert.rejects(
      stage.finish(store.commit([put(2, 3_000), put(3)])),
      isStorage,
    );
    end();
    assert.equal(store.size.records, 1);
    // Shorter than what may be left of the one that was refused.
    await stage.finish(store.commit([put(4)]));
    stage.crash(FATES[seed % 4] ?? "lost");
    assert.deepEqual(keysOf(await stage.reopened()), [1, 4], `seed ${seed}`);
  }
});

Deno.test("SimStore.commit() with urgent changes finds space on a full disk", async () => {
  const stage = new DiskStage();
  const { store } = await stage.open();
  await stage.finish(store.commit([put(1), put(2)]));
  stage.disk.faults.fill();
  await assert.rejects(stage.finish(store.commit([put(3)])), isStorage);
  const removal: Change = { type: "remove", kind: "copy", key: 1 };
  await stage.finish(store.commit([removal], { urgent: true }));
  stage.crash("lost");
  assert.deepEqual(keysOf(await stage.reopened()), [2]);
});

Deno.test("SimStore.commit() stops at any moment it is told to, and what is there then is what another process finds", async () => {
  const there: Record<CommitMoment, number[]> = {
    before: [1],
    written: [1, 2],
    synced: [1, 2],
  };
  for (const [moment, keys] of Object.entries(there)) {
    const stage = new DiskStage();
    let isArmed = false;
    const { store } = await stage.open({
      stopsAt: (now) => isArmed && now === moment,
    });
    await stage.finish(store.commit([put(1)]));
    isArmed = true;
    const ends: string[] = [];
    store.commit([put(2)]).then(
      () => ends.push("resolved"),
      () => ends.push("rejected"),
    );
    await stage.clock.advance(1_000);
    assert.deepEqual(ends, []);
    stage.crash("kept");
    assert.deepEqual(keysOf(await stage.reopened()), keys, moment);
  }
});

Deno.test("SimStore loses what it has promised when syncs lie, and nothing else tells", async () => {
  const stage = new DiskStage();
  const { store } = await stage.open();
  await stage.finish(store.commit([put(1)]));
  stage.disk.faults.lie();
  await stage.finish(store.commit([put(2)]));
  await stage.finish(store.commit([put(3)]));
  assert.equal(store.size.records, 3);
  stage.crash("lost");
  stage.disk.faults.heal();
  assert.deepEqual(keysOf(await stage.reopened()), [1]);
});

Deno.test("SimStore does not take a frame for the next one that was left from before", async () => {
  const stage = new DiskStage();
  const { store } = await stage.open();
  stage.disk.faults.lie();
  await stage.finish(store.commit([put(1)]));
  await stage.finish(store.commit([put(2)]));
  stage.process.die();
  // Of two frames the first is lost, and the second stays, as one of the same length comes.
  const second = await dump(stage);
  stage.disk.write(0, new Uint8Array(second.length / 2));
  stage.disk.faults.heal();
  stage.crash("kept");
  const next = await stage.open();
  assert.deepEqual(next.records, []);
  await stage.finish(next.store.commit([put(3)]));
  await next.store.close();
  assert.deepEqual(keysOf(await stage.reopened()), [3]);
});

Deno.test("SimStore belongs to one at a time, until it is closed or its process is dead", async () => {
  const stage = new DiskStage();
  const { store } = await stage.open();
  const other = stage.store();
  await assert.rejects(stage.finish(openAll(other)), isStorage);
  await assert.rejects(stage.finish(openAll(store)), isStorage);
  await assert.rejects(stage.finish(stage.store().commit([put(1)])), isStorage);
  await store.close();
  await store.close();
  await assert.rejects(stage.finish(store.commit([put(1)])), isStorage);
  await stage.open();
  stage.crash("kept");
  await stage.open();
});

Deno.test("SimStore.commit() refuses a second one while one is under way", async () => {
  const stage = new DiskStage();
  const { store } = await stage.open();
  stage.disk.faults.slow({ minMs: 5, maxMs: 5 });
  const first = store.commit([put(1)]);
  await assert.rejects(store.commit([put(2)]), isStorage);
  await stage.finish(first);
  await stage.finish(store.commit([]));
  assert.equal(store.size.records, 1);
});

Deno.test("SimStore.open() that fails lets go of the disk, and another one opens it", async () => {
  const stage = new DiskStage();
  const { store } = await stage.open();
  await stage.finish(store.commit([put(1)]));
  await store.close();
  const end = stage.disk.faults.fail(1);
  await assert.rejects(stage.open(), isStorage);
  end();
  assert.deepEqual(keysOf(await stage.reopened()), [1]);
});

Deno.test("SimStore gives back what a map would, after any number of commits, faults and crashes", async () => {
  for (let seed = 0; seed < 30; seed++) await compareWithMap(seed);
});

/** Commits, faults and crashes by draw, with a map that is told what the store says. */
async function compareWithMap(seed: number): Promise<void> {
  const stage = new DiskStage(seed);
  const dice = new Dice(seed).fork("use");
  const kept = new Map<number, number>();
  let { store } = await stage.open();
  for (let turn = 0; turn < 60; turn++) {
    const end = dice.chance(0.2) ? stage.disk.faults.fail(0.5) : undefined;
    const changes = Array.from({ length: dice.int(1, 4) }, () => draw(dice));
    const isDone = await stage.finish(store.commit(changes)).then(
      () => true,
      () => false,
    );
    end?.();
    if (isDone) { for (const change of changes) apply(kept, change); }
    if (!dice.chance(0.1)) continue;
    stage.crash(dice.pick(["kept", "lost", "torn", "reordered"]));
    const reopened = await stage.open();
    store = reopened.store;
    const told = reopened.records.map(({ key, state }) => [key, state[0]]);
    assert.deepEqual(
      told,
      [...kept].sort(([one], [other]) => one - other),
      `seed ${seed}`,
    );
    assert.equal(store.size.records, kept.size);
  }
}

function draw(dice: Dice): Change {
  const key = dice.int(0, 12);
  const kind = "copy";
  const state = Uint8Array.of(dice.int(0, 255));
  const body = new Uint8Array(dice.int(0, 900));
  const type = dice.pick(["put", "put", "update", "remove"]);
  if (type === "put") return { type, kind, key, body, state };
  return type === "update"
    ? { type, kind, key, state }
    : { type: "remove", kind, key };
}

function apply(kept: Map<number, number>, change: Change): void {
  const { key } = change;
  if (change.type === "remove") kept.delete(key);
  else if (change.type === "put" || kept.has(key)) {
    kept.set(key, change.state[0] ?? NaN);
  }
}

async function openAll(store: SimStore): Promise<void> {
  for await (const _ of store.open());
}

async function dump(stage: DiskStage): Promise<Uint8Array> {
  return (await stage.finish(stage.disk.read(stage.clock))).slice();
}
