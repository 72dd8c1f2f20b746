import assert from "node:assert/strict";
import { type Agent, type Delivery, MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";

const DAY_MS = 86_400_000;

/** Receives without settling: the deliveries are in the test's hands. */
function hold(agent: Agent): Delivery[] {
  const held: Delivery[] = [];
  agent.receive((_, delivery) => {
    held.push(delivery);
    return new Promise(() => {});
  }, { concurrency: 9 });
  return held;
}

Deno.test("K5 Delivery.extend() of a lease that has ended does nothing to the next one", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({
    clock,
    delivery: { ackTimeoutMs: 50, retry: () => 0 },
  });
  const held = hold(bus.agent("b"));
  await bus.agent("a").send("b", 1, { requiresAck: true });
  await clock.advance(60);
  const [ended, live] = held;
  ended?.extend();
  await clock.advance(30);
  live?.ack();
  await clock.advance(1_000);
  assert.equal(held.length, 2);
  const { totalAcked, totalFailed, pendingMessages } = bus.stats();
  assert.deepEqual([totalAcked, totalFailed, pendingMessages], [1, 0, 0]);
});

Deno.test("K4 Delivery.ack() on a later attempt leaves no dead letter", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const held = hold(bus.agent("b"));
  await bus.agent("a").send("b", 1, { requiresAck: true });
  await clock.advance(0);
  held[0]?.nack();
  await clock.advance(0);
  held[1]?.ack();
  await clock.advance(1_000);
  const { totalAcked, totalFailed, deadLetters } = bus.stats();
  assert.deepEqual([totalAcked, totalFailed, deadLetters], [1, 0, 0]);
});

Deno.test("S4 an at-most-once message whose consumer leaves is dropped, not handed out again", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const first = bus.agent("b");
  const held = hold(first);
  await bus.agent("a").send("b", 1);
  await clock.advance(0);
  assert.equal(held.length, 1);
  const heldByOther = hold(bus.agent("b"));
  await first.close();
  await clock.advance(1_000);
  assert.equal(heldByOther.length, 0);
  const { totalDropped, totalRedelivered } = bus.stats();
  assert.deepEqual([totalDropped, totalRedelivered], [1, 0]);
});

Deno.test("T5 MessageBus hands out what has time left, and nothing else, wherever the wall clock jumps", async () => {
  for (const jumpMs of [DAY_MS, -DAY_MS]) {
    const clock = new VirtualClock();
    await using bus = new MessageBus({ clock });
    const b = bus.agent("b");
    const a = bus.agent("a");
    await a.send("b", "short", { ttlMs: 100 });
    await a.send("b", "long", { ttlMs: 200 });
    clock.setWall(clock.now() + jumpMs);
    await clock.advance(150);
    const handled: unknown[] = [];
    b.receive(({ payload }) => void handled.push(payload));
    await clock.advance(0);
    assert.deepEqual(handled, ["long"]);
  }
});

Deno.test("P1 Delivery.nack() brings a message back with its priority and its place", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const b = bus.agent("b");
  const a = bus.agent("a");
  for (const [name, priority] of [["x", 90], ["y", 90], ["z", 10]] as const) {
    await a.send("b", name, { priority, requiresAck: true });
  }
  const started: unknown[] = [];
  b.receive(({ payload, attempt }, delivery) => {
    started.push(`${payload}${attempt}`);
    if (payload === "x" && attempt === 1) delivery.nack();
  });
  await clock.advance(0);
  assert.deepEqual(started, ["x1", "x2", "y1", "z1"]);
});
