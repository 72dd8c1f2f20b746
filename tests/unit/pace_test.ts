import assert from "node:assert/strict";
import { Backpressure } from "../../bus/backpressure.ts";
import { Pace } from "../../bus/pace.ts";
import { Counters } from "../../bus/stats.ts";
import { Deadlines } from "../../core/deadlines.ts";
import { LIMITS } from "../../core/limits.ts";
import { type Agent, connect, MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";
import { memoryStore } from "../../storage/memory_store.ts";
import { memoryTransport } from "../../transports/memory.ts";
import { until, upTo } from "../support/agent_stage.ts";

const { maxPaces, pacedDeliveries, pacedPending, paceMs, sendWindow } = LIMITS;

/** A pace, and what it goes by. */
function setUp() {
  const clock = new VirtualClock();
  const counters = new Counters();
  const backpressure = new Backpressure({
    maxPending: 100_000,
    maxPendingBytes: Infinity,
    onRoom: () => {},
  });
  const deadlines = new Deadlines(clock);
  const pace = new Pace({ clock, counters, deadlines, backpressure });
  pace.takers = 1;
  return { clock, counters, backpressure, pace };
}

/** Whether a promise is settled. */
async function isOver(pause: Promise<void> | undefined): Promise<boolean> {
  assert.ok(pause, "there is a pause");
  let over = false;
  pause.then(() => over = true);
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  return over;
}

/** Somebody who takes messages over a connection. */
async function joinTaker(bus: MessageBus, clock: VirtualClock): Promise<Agent> {
  const transport = memoryTransport();
  await bus.listen(transport);
  const taker = await connect(transport, { name: "taker", clock });
  await taker.receive(() => {}).ready;
  return taker;
}

Deno.test("B3 Pace.step() has a sender pause from a number of unfinished copies on, until there are fewer", async () => {
  const { backpressure, clock, pace } = setUp();
  backpressure.acquire(pacedPending, 0);
  assert.equal(pace.step(), undefined);
  backpressure.acquire(2, 0);
  const pause = pace.step();
  assert.equal(await isOver(pause), false);
  assert.equal(pace.step(), pause);
  backpressure.release(1, 0);
  assert.equal(await isOver(pause), false);
  backpressure.release(1, 0);
  assert.equal(await isOver(pause), true);
  assert.equal(pace.step(), undefined);
  assert.equal(clock.timers, 0);
  // Nor is anything asked any more when copies end.
  assert.equal(backpressure.onRelief, undefined);
});

Deno.test("B3 Pace.step() lets a sender go on after a moment if nobody takes, and then for a window's worth", async () => {
  const { backpressure, clock, pace } = setUp();
  backpressure.acquire(pacedPending + 1, 0);
  const first = pace.step();
  await clock.advance(paceMs - 1);
  assert.equal(await isOver(first), false);
  await clock.advance(1);
  assert.equal(await isOver(first), true);
  backpressure.acquire(sendWindow, 0);
  assert.equal(pace.step(), undefined);
  backpressure.acquire(1, 0);
  const second = pace.step();
  assert.equal(await isOver(second), false);
  await clock.advance(paceMs);
  assert.equal(await isOver(second), true);
  // Once all is done, it begins as it did.
  backpressure.release(backpressure.pending, 0);
  assert.equal(pace.step(), undefined);
  backpressure.acquire(pacedPending + 1, 0);
  assert.equal(await isOver(pace.step()), false);
});

Deno.test("B3 a pause goes on while others take fast, and not for ever", async () => {
  const { backpressure, clock, counters, pace } = setUp();
  backpressure.acquire(pacedPending + 1, 0);
  const pause = pace.pause();
  for (const _ of upTo(maxPaces - 1)) {
    counters.delivered += pacedDeliveries;
    await clock.advance(paceMs);
    assert.equal(await isOver(pause), false);
  }
  counters.delivered += pacedDeliveries;
  await clock.advance(paceMs);
  assert.equal(await isOver(pause), true);
  const next = pace.pause();
  counters.delivered += pacedDeliveries - 1;
  await clock.advance(paceMs);
  assert.equal(await isOver(next), true);
});

Deno.test("Pace.step() lets everybody go on while nobody takes over a connection", () => {
  const { backpressure, pace } = setUp();
  pace.takers = 0;
  backpressure.acquire(pacedPending + 1, 0);
  assert.equal(pace.step(), undefined);
});

Deno.test("Pace.step() does not wait for the pause of a client: a handler that sends would take no more", async () => {
  const { backpressure, clock, pace } = setUp();
  backpressure.acquire(pacedPending + 1, 0);
  const own = pace.step();
  await clock.advance(paceMs);
  assert.equal(await isOver(own), true);
  assert.equal(await isOver(pace.pause()), false);
  assert.equal(pace.step(), undefined);
});

Deno.test("B3 Agent.send() in the bus's process pauses while very much waits for somebody at the other end of a connection", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const sender = bus.agent("sender");
  bus.agent("idle");
  const taker = await joinTaker(bus, clock);
  const sent = upTo(pacedPending).map((n) => sender.send("idle", n));
  await Promise.all(sent);
  let isSent = false;
  const ahead = sender.send("idle", "ahead").then(() => isSent = true);
  // It is accepted all the same.
  assert.equal(bus.backpressure.pending, pacedPending + 1);
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  assert.equal(isSent, false);
  await clock.advance(paceMs);
  await ahead;
  await taker.close();
  await until(
    "it has left",
    () => !bus.agents().some(({ name }) => name === "taker"),
  );
  // Nobody is left for whom it would have to wait.
  await Promise.all(upTo(2 * sendWindow).map((n) => sender.send("idle", n)));
});

Deno.test("MessageBus.close() ends the pause of whoever sends what the store keeps", async () => {
  const clock = new VirtualClock();
  const bus = new MessageBus({ clock, store: memoryStore() });
  await bus.ready();
  const sender = bus.agent("sender");
  bus.agent("idle", { durable: true });
  const taker = await joinTaker(bus, clock);
  const count = pacedPending + 9;
  const requiresAck = true;
  const sent = upTo(count).map((n) => sender.send("idle", n, { requiresAck }));
  await until("all are kept", () => bus.stats().totalSent === count);
  sent.push(sender.send("idle", "last", { requiresAck }));
  await until("it is kept", () => bus.stats().totalSent === count + 1);
  await bus.close();
  assert.equal(new Set(await Promise.all(sent)).size, count + 1);
  await taker.close();
  assert.equal(clock.timers, 0);
});

Deno.test("B3 a send that waited for room pauses, too, before its sender is told", async () => {
  const clock = new VirtualClock();
  const maxPending = pacedPending + 9;
  await using bus = new MessageBus({ clock, backpressure: { maxPending } });
  const sender = bus.agent("sender");
  bus.agent("idle");
  await using _taker = await joinTaker(bus, clock);
  const sent = upTo(maxPending).map((n) => sender.send("idle", n));
  let isSent = false;
  const late = sender.send("idle", "late").then(() => isSent = true);
  assert.equal(bus.backpressure.waiting, 1);
  let isFirst = true;
  bus.agent("idle").receive(async () => {
    if (isFirst) isFirst = false;
    else await new Promise(() => {});
  });
  await until("there was room", () => bus.backpressure.waiting === 0);
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  assert.equal(isSent, false);
  await clock.advance(paceMs);
  await Promise.all([...sent, late]);
});
