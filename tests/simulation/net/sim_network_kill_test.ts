import assert from "node:assert/strict";
import { systemTasks } from "../../../core/tasks.ts";
import {
  bytesOf,
  counted,
  endOf,
  openStage,
  watch,
  watchArrivals,
} from "./net_stage.ts";

Deno.test("SimNetwork.kill() leaves everything pending that the process waits for", async () => {
  const stage = await openStage({ capacity: 100 });
  const { clock, network, client, dialed } = stage;
  const transport = network.transport("sim:b", client);
  const listener = await transport.listen();
  const arrivals = listener[Symbol.asyncIterator]();
  const before = [
    dialed.read(new Uint8Array(8)),
    dialed.write(counted(200)),
    arrivals.next(),
  ].map(watch);
  network.kill(client);
  const after = [
    dialed.read(new Uint8Array(8)),
    dialed.write(counted(1)),
    dialed.close(),
    arrivals.next(),
    listener.close(),
    transport.listen(),
    transport.dial(),
  ].map(watch);
  await clock.advance(100_000);
  const states = [...before, ...after].map(({ state }) => state);
  assert.deepEqual(new Set(states), new Set(["pending"]));
});

Deno.test("SimNetwork.kill() lets a dead process take and dial no connection", async () => {
  const { clock, network, client, host } = await openStage();
  const transport = network.transport("sim:b", client);
  const listener = await transport.listen();
  await network.transport("sim:b", host).dial();
  network.faults.partition("everywhere");
  const hanging = Array.from({ length: 9 }, () => watch(transport.dial()));
  await clock.advance(0);
  const states = () => hanging.map(({ state }) => state);
  const before = states();
  assert.ok(before.includes("pending"));
  network.kill(client);
  network.faults.heal();
  await clock.advance(0);
  network.faults.partition("everywhere");
  const late = watch(transport.dial());
  const taking = watch(listener[Symbol.asyncIterator]().next());
  await clock.advance(100);
  assert.deepEqual([late.state, taking.state], ["pending", "pending"]);
  assert.deepEqual(states(), before);
  assert.equal(network.connections.length, 2);
  assert.equal(network.counts.dialsHung + network.counts.dialsCutOff, 9);
});

Deno.test("SimNetwork.kill() makes listeners vanish, for who starts in its place to listen anew", async () => {
  const { network, client, host } = await openStage();
  const transport = network.transport("sim:a", client);
  network.kill(host);
  await assert.rejects(transport.dial(), { code: "unreachable" });
  const again = network.process("host");
  await network.transport("sim:a", again).listen();
  await transport.dial();
});

Deno.test("SimNetwork.kill() shows the peer an end or a reset, after a drawn wait", async () => {
  const ends = new Set<string>();
  const waits = new Set<number>();
  for (let seed = 0; seed < 20; seed++) {
    const { clock, network, client, accepted } = await openStage({ seed });
    const up = watchArrivals(accepted, clock);
    network.kill(client, { endDelay: { minMs: 5, maxMs: 15 } });
    await clock.advance(4);
    assert.equal(up.length, 0);
    await accepted.write(counted(1));
    await clock.advance(11);
    await assert.rejects(accepted.write(counted(1)), { code: "unreachable" });
    await accepted.close();
    ends.add(endOf(up) ?? "none");
    waits.add(up[0]?.atMs ?? -1);
    assert.deepEqual([network.connections, clock.timers], [[], 0]);
    assert.equal(network.counts.killed, 1);
  }
  assert.deepEqual(ends, new Set(["end", "reset"]));
  assert.ok(waits.size > 4, `${[...waits]}`);
});

Deno.test("SimNetwork.kill() ends a peer's write that waits", async () => {
  const { clock, network, host, dialed } = await openStage({ capacity: 100 });
  const writing = watch(dialed.write(counted(200)));
  network.kill(host);
  await clock.advance(10);
  assert.equal(writing.state, "unreachable");
});

Deno.test("SimNetwork.kill() lets what was on its way arrive, whole or cut anywhere", async () => {
  const kept = new Set<number>();
  for (let seed = 0; seed < 30; seed++) {
    const stage = await openStage({ seed });
    const { clock, network, client, dialed, accepted } = stage;
    network.faults.delay("everywhere", { minMs: 5, maxMs: 5 });
    const up = watchArrivals(accepted, clock);
    await dialed.write(counted(100));
    network.kill(client);
    await clock.advance(20);
    assert.deepEqual(bytesOf(up), [...counted(bytesOf(up).length)]);
    assert.ok(endOf(up));
    if (bytesOf(up).length > 0) assert.equal(up[0]?.atMs, 5);
    kept.add(bytesOf(up).length);
  }
  assert.ok(kept.has(100) && kept.size > 8, `${[...kept]}`);
});

Deno.test("SimNetwork.killInWrite() kills in the middle of the next write", async () => {
  const kept = new Set<number>();
  for (let seed = 0; seed < 20; seed++) {
    const stage = await openStage({ seed });
    const { clock, network, client, dialed, accepted } = stage;
    const up = watchArrivals(accepted, clock);
    network.killInWrite(client);
    await clock.advance(100);
    assert.equal(client.alive, true);
    const writing = watch(dialed.write(counted(50)));
    assert.equal(client.alive, false);
    await clock.advance(10);
    assert.equal(writing.state, "pending");
    assert.ok(endOf(up) && bytesOf(up).length < 50);
    kept.add(bytesOf(up).length);
  }
  assert.ok(kept.size > 10, `${[...kept]}`);
});

Deno.test("SimNetwork.kill() behind a partition is seen when that is healed", async () => {
  const { clock, network, client, accepted } = await openStage();
  const up = watchArrivals(accepted, clock);
  network.faults.partition(client);
  network.kill(client);
  await clock.advance(100_000);
  assert.deepEqual(up, []);
  network.faults.heal();
  await clock.advance(0);
  assert.ok(endOf(up));
});

Deno.test("SimProcess.clock and tasks() call nothing once it is dead", async () => {
  const { clock, network, client } = await openStage();
  const called: string[] = [];
  const tasks = client.tasks(systemTasks);
  client.clock.schedule(5, () => called.push("early"));
  client.clock.schedule(15, () => called.push("late"));
  client.clock.schedule(5, () => called.push("taken back"))();
  tasks.soon(() => called.push("soon"));
  await clock.advance(10);
  tasks.soon(() => called.push("too late"));
  tasks.later(() => called.push("too late"));
  network.kill(client);
  client.clock.schedule(5, () => called.push("dead"));
  await clock.advance(100);
  assert.deepEqual(called, ["soon", "early"]);
  assert.equal(clock.timers, 0);
});
