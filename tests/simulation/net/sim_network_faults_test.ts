import assert from "node:assert/strict";
import {
  bytesOf,
  counted,
  endOf,
  openStage,
  watch,
  watchArrivals,
} from "./net_stage.ts";

Deno.test("Faults.delay() makes chunks take a drawn time, and keeps their order", async () => {
  const times = new Set<number>();
  for (let seed = 0; seed < 20; seed++) {
    const stage = await openStage({ seed });
    const { clock, network, dialed, accepted } = stage;
    const end = network.faults.delay("everywhere", { minMs: 10, maxMs: 30 });
    const arrivals = watchArrivals(accepted, clock);
    for (let n = 0; n < 3; n++) await dialed.write(Uint8Array.of(n));
    await clock.advance(9);
    assert.equal(arrivals.length, 0);
    await clock.advance(21);
    assert.deepEqual(bytesOf(arrivals), [0, 1, 2]);
    assert.equal(network.counts.delayed, 3);
    times.add(arrivals[0]?.atMs ?? -1);
    end();
    await dialed.write(Uint8Array.of(99));
    await clock.advance(0);
    assert.deepEqual(arrivals.at(-1), { atMs: 30, what: [99] });
  }
  assert.ok(times.size > 5, `${[...times]}`);
});

Deno.test("Faults.split() lets a write arrive in pieces that no read joins", async () => {
  const { clock, network, dialed, accepted } = await openStage();
  const end = network.faults.split("everywhere", 10);
  await dialed.write(counted(100));
  const arrivals = watchArrivals(accepted, clock);
  await clock.advance(0);
  assert.deepEqual(bytesOf(arrivals), [...counted(100)]);
  const sizes = arrivals.map(({ what }) => what.length);
  assert.ok(Math.max(...sizes) <= 10 && new Set(sizes).size > 3, `${sizes}`);
  assert.equal(network.counts.split, 1);
  end();
  await dialed.write(counted(100));
  await clock.advance(0);
  assert.equal(arrivals.at(-1)?.what.length, 100);
});

Deno.test("Faults.coalesce() lets what was written in a while arrive together", async () => {
  const { clock, network, dialed, accepted } = await openStage();
  network.faults.coalesce("everywhere", 10);
  const arrivals = watchArrivals(accepted, clock);
  for (let n = 0; n < 4; n++) {
    await dialed.write(Uint8Array.of(n));
    await clock.advance(4);
  }
  await clock.advance(10);
  assert.deepEqual(arrivals, [
    { atMs: 10, what: [0, 1, 2] },
    { atMs: 20, what: [3] },
  ]);
  assert.equal(network.counts.coalesced, 2);
});

Deno.test("Faults.corrupt() turns over one bit of a chunk", async () => {
  const { clock, network, dialed, accepted } = await openStage();
  const end = network.faults.corrupt("everywhere", 1);
  const arrivals = watchArrivals(accepted, clock);
  await dialed.write(new Uint8Array(50));
  await clock.advance(0);
  const [byte, ...others] = bytesOf(arrivals).filter((byte) => byte !== 0);
  assert.ok(byte && (byte & (byte - 1)) === 0, `one bit of ${byte}`);
  assert.deepEqual(others, []);
  assert.equal(network.counts.corrupted, 1);
  end();
  await dialed.write(new Uint8Array(50));
  await clock.advance(0);
  assert.deepEqual(arrivals.at(-1)?.what, [...new Uint8Array(50)]);
});

Deno.test("Faults.corrupt() meets so large a share of the chunks", async () => {
  const { network, dialed } = await openStage();
  network.faults.corrupt("everywhere", 0.5);
  for (let n = 0; n < 100; n++) await dialed.write(counted(3));
  const { corrupted } = network.counts;
  assert.ok(corrupted > 30 && corrupted < 70, `${corrupted} of 100`);
});

Deno.test("Faults.clog() stops everything for its time, and writers once the capacity is full", async () => {
  const stage = await openStage({ capacity: 100 });
  const { clock, network, dialed, accepted, connection } = stage;
  network.faults.clog(connection.up, 50);
  const up = watchArrivals(accepted, clock);
  const down = watchArrivals(dialed, clock);
  await dialed.write(counted(100));
  const writing = watch(dialed.write(counted(1)));
  await accepted.write(counted(7));
  await clock.advance(49);
  assert.deepEqual([writing.state, up.length], ["pending", 0]);
  assert.deepEqual(down, [{ atMs: 0, what: [...counted(7)] }]);
  await clock.advance(1);
  assert.deepEqual([writing.state, bytesOf(up).length], ["done", 101]);
  assert.ok(network.counts.clogged > 0);
  assert.equal(clock.timers, 0);
});

Deno.test("Faults.clog() stops what is on its way, and leaves no timer when it is ended early", async () => {
  const { clock, network, dialed, accepted } = await openStage();
  const arrivals = watchArrivals(accepted, clock);
  network.faults.delay("everywhere", { minMs: 5, maxMs: 5 });
  await dialed.write(counted(3));
  const end = network.faults.clog("everywhere", 50);
  assert.equal(network.counts.clogged, 1);
  await clock.advance(10);
  assert.equal(arrivals.length, 0);
  end();
  await clock.advance(0);
  assert.deepEqual(arrivals, [{ atMs: 10, what: [0, 1, 2] }]);
  assert.equal(clock.timers, 0);
});

Deno.test("Faults of several kinds act together, and of one kind the latest", async () => {
  const { clock, network, dialed, accepted } = await openStage();
  const arrivals = watchArrivals(accepted, clock);
  network.faults.split("everywhere", 1);
  network.faults.delay("everywhere", { minMs: 5, maxMs: 5 });
  const end = network.faults.delay("everywhere", { minMs: 9, maxMs: 9 });
  await dialed.write(counted(2));
  await clock.advance(10);
  assert.deepEqual(arrivals, [
    { atMs: 9, what: [0] },
    { atMs: 9, what: [1] },
  ]);
  end();
  await dialed.write(counted(1));
  await clock.advance(10);
  assert.deepEqual(arrivals.at(-1), { atMs: 15, what: [0] });
});

Deno.test("Faults.stall() keeps a reader from what has arrived, and from the end", async () => {
  const { clock, network, dialed, accepted, client } = await openStage();
  const end = network.faults.stall(client);
  const arrivals = watchArrivals(accepted, clock);
  await dialed.write(counted(5));
  await dialed.close();
  await clock.advance(1_000);
  assert.deepEqual(arrivals, []);
  assert.ok(network.counts.stalled > 0);
  end();
  await clock.advance(0);
  assert.deepEqual(arrivals.map(({ what }) => what), [[0, 1, 2, 3, 4], "end"]);
});

Deno.test("Faults.halfOpen() loses one direction for ever, and tells nobody", async () => {
  const stage = await openStage({ capacity: 100 });
  const { clock, network, dialed, accepted, connection } = stage;
  const up = watchArrivals(accepted, clock);
  const down = watchArrivals(dialed, clock);
  network.faults.halfOpen(connection.up);
  await dialed.write(counted(60));
  const writing = watch(dialed.write(counted(60)));
  await accepted.write(counted(5));
  network.faults.heal();
  await clock.advance(100_000);
  assert.deepEqual([up, bytesOf(down).length], [[], 5]);
  assert.equal(writing.state, "pending");
  assert.ok(network.counts.lost > 0);
  await dialed.close();
  await clock.advance(100_000);
  assert.deepEqual([up, writing.state], [[], "closed"]);
});

Deno.test("Faults.reset() breaks both ends, and cuts what is on its way anywhere", async () => {
  const kept = new Set<number>();
  for (let seed = 0; seed < 20; seed++) {
    const stage = await openStage({ seed });
    const { clock, network, dialed, accepted, connection } = stage;
    network.faults.delay("everywhere", { minMs: 5, maxMs: 5 });
    const up = watchArrivals(accepted, clock);
    const down = watchArrivals(dialed, clock);
    await dialed.write(counted(100));
    network.faults.reset("everywhere");
    await clock.advance(10);
    assert.deepEqual([endOf(up), endOf(down)], ["reset", "reset"]);
    assert.deepEqual(bytesOf(up), [...counted(bytesOf(up).length)]);
    kept.add(bytesOf(up).length);
    await assert.rejects(dialed.write(counted(1)), { code: "unreachable" });
    await assert.rejects(accepted.write(counted(1)), { code: "unreachable" });
    assert.equal(network.counts.reset, 1);
    assert.deepEqual([network.connections, clock.timers], [[], 0]);
    assert.equal(connection.up.heldBytes, 0);
  }
  assert.ok(kept.size > 10, `${[...kept]}`);
});

Deno.test("Faults.reset() ends a write that waits, and reaches a reader that was stalled", async () => {
  const stage = await openStage({ capacity: 100 });
  const { clock, network, dialed, accepted, connection } = stage;
  network.faults.stall("everywhere");
  const up = watchArrivals(accepted, clock);
  const writing = watch(dialed.write(counted(150)));
  await clock.advance(0);
  network.faults.reset(connection);
  await clock.advance(0);
  assert.deepEqual([writing.state, endOf(up)], ["unreachable", "reset"]);
  assert.equal(bytesOf(up).length, 100);
});

Deno.test("Faults.reset() and resetInWrite() meet only what they are told", async () => {
  const stage = await openStage();
  const { network, client, connection, dialed, accepted } = stage;
  const other = network.process("other");
  const otherDialed = await network.transport("sim:a", other).dial();
  network.faults.resetInWrite(connection.up);
  await accepted.write(counted(1));
  await otherDialed.write(counted(1));
  assert.equal(network.counts.reset, 0);
  await assert.rejects(dialed.write(counted(1)), { code: "unreachable" });
  network.faults.reset(client);
  await otherDialed.write(counted(1));
  assert.equal(network.counts.reset, 1);
});

Deno.test("Faults.resetInWrite() lets a part of the next write through", async () => {
  const kept = new Set<number>();
  for (let seed = 0; seed < 20; seed++) {
    const stage = await openStage({ seed });
    const { clock, network, dialed, accepted, connection } = stage;
    const up = watchArrivals(accepted, clock);
    network.faults.resetInWrite(connection.up);
    await assert.rejects(dialed.write(counted(50)), { code: "unreachable" });
    await clock.advance(0);
    assert.equal(endOf(up), "reset");
    assert.ok(bytesOf(up).length < 50);
    kept.add(bytesOf(up).length);
    assert.deepEqual([network.counts.cut, network.counts.reset], [1, 1]);
  }
  assert.ok(kept.size > 10, `${[...kept]}`);
});

Deno.test("Faults.heal() takes back what was laid for the next write", async () => {
  const { network, dialed, client } = await openStage();
  network.faults.resetInWrite("everywhere");
  network.killInWrite(client);
  network.faults.heal();
  await dialed.write(counted(50));
  assert.deepEqual([client.alive, network.counts.reset], [true, 0]);
});

Deno.test("Faults.partition() freezes connections between two, until it is healed", async () => {
  const stage = await openStage();
  const { clock, network, client, host, dialed, accepted } = stage;
  const other = network.process("other");
  const otherDialed = await network.transport("sim:a", other).dial();
  network.faults.partition([client, host]);
  const up = watchArrivals(accepted, clock);
  await dialed.write(counted(9));
  await accepted.write(counted(9));
  assert.equal(network.counts.partitioned, 2);
  await dialed.close();
  await otherDialed.write(counted(9));
  await clock.advance(100_000);
  assert.deepEqual(up, []);
  assert.equal(network.connections[1]?.up.arrivedBytes, 9);
  network.faults.heal();
  await clock.advance(0);
  assert.deepEqual(up.map(({ what }) => what), [[...counted(9)], "end"]);
});
