import assert from "node:assert/strict";
import fc from "fast-check";
import { BusError, type Delivery, MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";

const DAY_MS = 86_400_000;

Deno.test("T1 MessageBus starts no delivery at or after the end of a time to live", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const b = bus.agent("b");
  const a = bus.agent("a");
  await a.send("b", "early", { ttlMs: 101 });
  await a.send("b", "late", { ttlMs: 100 });
  await clock.advance(100);
  const seen: unknown[] = [];
  b.receive(({ payload }) => void seen.push(payload));
  await clock.advance(10);
  assert.deepEqual(seen, ["early"]);
  assert.equal(bus.stats().totalExpired, 1);
});

Deno.test("T2 MessageBus dead-letters what expires when it does, though nobody looks", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  bus.agent("b");
  await bus.agent("a").send("b", 1, { ttlMs: 100, requiresAck: true });
  await clock.advance(99);
  assert.equal(bus.deadLetters.size, 0);
  await clock.advance(1);
  assert.equal(bus.deadLetters.size, 1);
  assert.equal(bus.backpressure.pending, 0);
});

Deno.test("T3 MessageBus lets a lease outlive the time to live, and does not retry after it", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const ends = new Map<unknown, PromiseWithResolvers<void>>();
  bus.agent("b").receive(({ payload }) => {
    const end = Promise.withResolvers<void>();
    ends.set(payload, end);
    return end.promise;
  }, { concurrency: 2 });
  const a = bus.agent("a");
  await a.send("b", "good", { ttlMs: 100, requiresAck: true });
  await a.send("b", "bad", { ttlMs: 100, requiresAck: true });
  await clock.advance(150);
  ends.get("good")?.resolve();
  ends.get("bad")?.reject(new Error("too late"));
  await clock.advance(0);
  assert.equal(bus.stats().totalAcked, 1);
  assert.equal(bus.stats().totalExpired, 1);
  assert.deepEqual([...bus.deadLetters].map((one) => one.reason), ["expired"]);
});

Deno.test("T3 MessageBus expires what waits for its next attempt", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, delivery: { retry: () => 500 } });
  let starts = 0;
  bus.agent("b").receive(() => {
    starts++;
    throw new Error("no");
  });
  await bus.agent("a").send("b", 1, { ttlMs: 100, requiresAck: true });
  await clock.advance(99);
  assert.equal(bus.agents()[0]?.mailboxDepth, 1);
  await clock.advance(1);
  assert.equal(bus.agents()[0]?.mailboxDepth, 0);
  await clock.advance(1_000);
  assert.equal(starts, 1);
  assert.equal(bus.stats().totalExpired, 1);
});

Deno.test("T1 MessageBus does not start again what is given back when its time ends", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  let starts = 0;
  const held: Delivery[] = [];
  bus.agent("b").receive((_, delivery) => {
    starts++;
    held.push(delivery);
    return new Promise(() => {});
  }, { concurrency: 2 });
  await bus.agent("a").send("b", 1, { ttlMs: 100, requiresAck: true });
  await clock.advance(100);
  held[0]?.nack();
  await clock.advance(0);
  assert.equal(starts, 1);
  assert.equal(bus.stats().totalExpired, 1);
});

Deno.test("T4 MessageBus refuses a time to live that is none, and 0 as expired", async () => {
  await using bus = new MessageBus();
  const a = bus.agent("a");
  bus.agent("b");
  for (const ttlMs of [NaN, -1, 0.5, 2 ** 31]) {
    await assert.rejects(
      a.send("b", 1, { ttlMs }),
      (error) => error instanceof BusError && error.code === "invalid_message",
    );
  }
  await assert.rejects(
    a.send("b", 1, { ttlMs: 0 }),
    (error) => error instanceof BusError && error.code === "expired",
  );
  assert.equal(bus.stats().totalMessages, 0);
  assert.equal(bus.deadLetters.size, 1);
});

Deno.test("T5 MessageBus keeps every duration when the wall clock jumps by days", async () => {
  for (const jumpMs of [DAY_MS, -DAY_MS]) {
    const clock = new VirtualClock();
    await using bus = new MessageBus({
      clock,
      delivery: { ackTimeoutMs: 200, retry: () => 0 },
    });
    bus.agent("idle");
    let attempts = 0;
    bus.agent("stalls").receive(() => {
      attempts++;
      return new Promise(() => {});
    }, { concurrency: 9 });
    bus.agent("deaf").respond(() => new Promise(() => {}));
    const a = bus.agent("a");
    await a.send("idle", 1, { ttlMs: 100 });
    const id = await a.send("stalls", 1, { requiresAck: true });
    let isOver = false;
    const asked = a.request("deaf", 1, { timeoutMs: 100 })
      .catch(() => isOver = true);
    await clock.advance(50);
    clock.setWall(clock.now() + jumpMs);
    await clock.advance(49);
    assert.deepEqual([bus.stats().totalExpired, isOver], [0, false]);
    await clock.advance(1);
    assert.deepEqual([bus.stats().totalExpired, isOver], [1, true]);
    await clock.advance(99);
    assert.equal(attempts, 1);
    await clock.advance(1);
    assert.equal(attempts, 2);
    await asked;
    // What the history tells hangs together, whatever the wall said meanwhile.
    const { message, deliveries } = bus.message(id) ?? {};
    const endedAt = deliveries?.[0]?.endedAt ?? NaN;
    assert.equal(endedAt - (message?.timestamp ?? NaN), 200);
  }
});

Deno.test("T5 MessageBus makes ids that grow although the wall clock is set back", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  bus.agent("b");
  const a = bus.agent("a");
  const ids: string[] = [];
  for (const jumpMs of [0, -DAY_MS, 0, DAY_MS, -1, 0]) {
    clock.setWall(clock.now() + jumpMs);
    ids.push(await a.send("b", 1));
  }
  assert.deepEqual(ids, ids.toSorted());
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("P2 MessageBus starts priority 0 before anything accepted 100 steps later", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, delivery: { agingStepMs: 10 } });
  const a = bus.agent("a");
  const started = new Map<unknown, number>();
  bus.agent("b").receive(async ({ payload }) => {
    started.set(payload, clock.monotonic());
    await new Promise<void>((resolve) => clock.schedule(20, resolve));
  });
  await a.send("b", "busy");
  await clock.advance(0);
  await a.send("b", "humble", { priority: 0 });
  // Twice as much urgent work as can be done.
  for (let atMs = 0; atMs < 2_000; atMs += 10) {
    await a.send("b", atMs, { priority: 100 });
    await clock.advance(10);
  }
  const humbleMs = started.get("humble") ?? Infinity;
  assert.ok(humbleMs < Infinity, "it was starved");
  const ahead = [...started].filter(([payload, atMs]) =>
    typeof payload === "number" && payload > 1_000 && atMs < humbleMs
  );
  assert.deepEqual(ahead, [], "accepted later than 100 steps, started before");
});

Deno.test("P1 MessageBus hands out by effective priority, then by accept order", async () => {
  const step = fc.record({
    priority: fc.integer({ min: 0, max: 100 }),
    waitMs: fc.constantFrom(0, 0, 5, 30),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const clock = new VirtualClock();
      await using bus = new MessageBus({ clock, delivery: { agingStepMs: 7 } });
      const b = bus.agent("b");
      const a = bus.agent("a");
      const sent: { seq: number; priority: number; atMs: number }[] = [];
      for (const [seq, { priority, waitMs }] of steps.entries()) {
        await a.send("b", seq, { priority });
        sent.push({ seq, priority, atMs: clock.monotonic() });
        await clock.advance(waitMs);
      }
      const seen: unknown[] = [];
      b.receive(({ payload }) => void seen.push(payload), { concurrency: 30 });
      await clock.advance(0);
      const nowMs = clock.monotonic();
      const effective = ({ priority, atMs }: typeof sent[number]) =>
        Math.min(100, priority + Math.floor((nowMs - atMs) / 7));
      const expected = sent.toSorted((x, y) =>
        effective(y) - effective(x) || x.seq - y.seq
      );
      assert.deepEqual(seen, expected.map(({ seq }) => seq));
    }),
    { numRuns: 60 },
  );
});
