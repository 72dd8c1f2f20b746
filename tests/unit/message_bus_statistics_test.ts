import assert from "node:assert/strict";
import { BusError, MessageBus } from "../../mod.ts";
import type { BusStats } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";
import { codeOf } from "../support/agent_stage.ts";

const ZERO = {
  totalMessages: 0,
  totalSent: 0,
  totalDelivered: 0,
  totalAcked: 0,
  totalFailed: 0,
  totalExpired: 0,
  totalDropped: 0,
  totalRedelivered: 0,
  totalRefused: 0,
  lateReplies: 0,
  staleSettlements: 0,
  connectionErrors: 0,
  pendingMessages: 0,
  deadLetters: 0,
};

/** The counters are those given, and zero beside them; the tables add up. */
function assertCounts(bus: MessageBus, counts: Partial<BusStats>): void {
  const { perTopic, perSender, perType, latencyMs: _, ...found } = bus.stats();
  assert.deepEqual(found, { ...ZERO, ...counts });
  const sum = (table: Record<string, number>) =>
    Object.values(table).reduce((one, other) => one + other, 0);
  assert.equal(sum(perSender), found.totalMessages);
  assert.equal(sum(perType), found.totalMessages);
  assert.ok(sum(perTopic) <= found.totalMessages);
}

Deno.test("MessageBus.stats() is zero at first, and reading it changes nothing", async () => {
  await using bus = new MessageBus();
  assertCounts(bus, {});
  assert.deepEqual(bus.stats(), bus.stats());
  assert.deepEqual(bus.stats().latencyMs, { p50: 0, p90: 0, p99: 0, max: 0 });
});

Deno.test("MessageBus.stats() counts a message that is handled, in either mode", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  bus.agent("b").receive(() => {});
  const a = bus.agent("a");
  const sends = [
    a.send("b", 1, { topic: "t.u" }),
    a.send("b", 1, { requiresAck: true }),
  ];
  assertCounts(bus, { totalMessages: 2, totalSent: 2, pendingMessages: 2 });
  await Promise.all(sends);
  await clock.advance(0);
  assertCounts(bus, {
    totalMessages: 2,
    totalSent: 2,
    totalDelivered: 2,
    totalAcked: 1,
  });
  const { perTopic, perSender, perType } = bus.stats();
  assert.deepEqual(perTopic, { "t.u": 1 });
  assert.deepEqual(perSender, { a: 2 });
  assert.deepEqual(perType, { direct: 2 });
});

Deno.test("MessageBus.stats() counts a publish once, and each of its copies", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  for (const name of ["b", "c"]) await bus.agent(name).subscribe("t", () => {});
  await bus.agent("a").publish("t", 1, { requiresAck: true });
  await clock.advance(0);
  assertCounts(bus, {
    totalMessages: 1,
    totalSent: 1,
    totalDelivered: 2,
    totalAcked: 2,
  });
});

Deno.test("MessageBus.stats() counts a reply as a message, and not as sent", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  bus.agent("b").respond(() => 1);
  const a = bus.agent("a");
  await a.request("b", 1, { topic: "t" });
  await a.request("b", 1, { requiresAck: true });
  assertCounts(bus, {
    totalMessages: 4,
    totalSent: 2,
    totalDelivered: 4,
    totalAcked: 1,
  });
  assert.deepEqual(bus.stats().perType, { request: 2, response: 2 });
  assert.deepEqual(bus.stats().perSender, { a: 2, b: 2 });
  assert.deepEqual(bus.stats().perTopic, { t: 1 });
});

Deno.test("MessageBus.stats() counts each hand-out after the first as redelivered", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({
    clock,
    delivery: { maxAttempts: 4, retry: () => 1 },
  });
  bus.agent("b").receive(() => {
    throw new Error("no");
  });
  await bus.agent("a").send("b", 1, { requiresAck: true });
  await clock.advance(10);
  assertCounts(bus, {
    totalMessages: 1,
    totalSent: 1,
    totalDelivered: 1,
    totalRedelivered: 3,
    totalFailed: 1,
    deadLetters: 1,
  });
});

Deno.test("MessageBus.stats() counts what expired, was dropped, and found nobody", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({
    clock,
    mailbox: { maxMessages: 1, overflow: "drop-newest" },
  });
  bus.agent("b");
  const a = bus.agent("a");
  await a.send("b", 1, { ttlMs: 10 });
  await a.send("b", 2);
  await a.publish("t", 3);
  await a.send("nobody", 4);
  await assert.rejects(a.send("b", 5, { ttlMs: 0 }));
  await clock.advance(10);
  assertCounts(bus, {
    totalMessages: 4,
    totalSent: 4,
    totalExpired: 2,
    totalDropped: 2,
    totalFailed: 1,
    totalRefused: 1,
    deadLetters: 4,
  });
});

Deno.test("MessageBus.stats() counts a send that is refused, and nothing else of it", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({
    clock,
    backpressure: { maxPending: 1, timeoutMs: 0 },
  });
  bus.agent("b");
  const a = bus.agent("a");
  await a.send("b", 1);
  await assert.rejects(a.send("b", 2));
  await assert.rejects(a.send("b", 3, { priority: 101 }));
  await assert.rejects(a.request("nobody", 4));
  assertCounts(bus, {
    totalMessages: 1,
    totalSent: 1,
    totalRefused: 3,
    pendingMessages: 1,
  });
});

Deno.test("MessageBus.stats() counts late acks and late replies, which change nothing", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({
    clock,
    delivery: { ackTimeoutMs: 100, maxAttempts: 1 },
  });
  const acks: (() => void)[] = [];
  const slow = Promise.withResolvers<number>();
  bus.agent("b").receive((_, delivery) => {
    acks.push(() => delivery.ack());
    return new Promise(() => {});
  });
  bus.agent("c").respond(() => slow.promise);
  const a = bus.agent("a");
  await a.send("b", 1, { requiresAck: true });
  const request = assert.rejects(
    a.request("c", 1, { timeoutMs: 100 }),
    (error) => error instanceof BusError && error.code === "request_timeout",
  );
  await clock.advance(100);
  await request;
  slow.resolve(1);
  for (const ack of acks) ack();
  await clock.advance(0);
  assertCounts(bus, {
    totalMessages: 2,
    totalSent: 2,
    totalDelivered: 2,
    totalFailed: 1,
    totalDropped: 1,
    lateReplies: 1,
    staleSettlements: 1,
    deadLetters: 1,
  });
});

Deno.test("MessageBus.stats() counts what a consumer that leaves had in hand", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const b = bus.agent("b");
  b.receive(() => new Promise(() => {}), { concurrency: 2 });
  const a = bus.agent("a");
  await a.send("b", "lost");
  await a.send("b", "kept", { requiresAck: true });
  await clock.advance(0);
  await b.close();
  assertCounts(bus, {
    totalMessages: 2,
    totalSent: 2,
    totalDelivered: 2,
    totalDropped: 1,
    totalFailed: 1,
    deadLetters: 1,
  });
  assert.equal([...bus.deadLetters][0]?.message.payload, "kept");
});

Deno.test("MessageBus.stats() tells from accept to the start of the handler", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const b = bus.agent("b");
  const a = bus.agent("a");
  for (let index = 0; index < 10; index++) {
    await a.send("b", index);
    await clock.advance(10);
  }
  b.receive(() => {}, { concurrency: 10 });
  await clock.advance(0);
  const { p50, p90, p99, max } = bus.stats().latencyMs;
  assert.ok(Math.abs(p50 - 50) <= 50 / 32, `${p50}`);
  assert.ok(Math.abs(p90 - 90) <= 90 / 32, `${p90}`);
  assert.equal(p99, 100);
  assert.equal(max, 100);
});

Deno.test("X1 MessageBus.stats() counts a send that is refused after a wait", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({
    clock,
    backpressure: { maxPending: 1, timeoutMs: 50 },
  });
  bus.agent("b");
  const a = bus.agent("a");
  await a.send("b", 1);
  const code = codeOf(a.send("b", 2));
  await clock.advance(50);
  assert.equal(await code, "backpressure_timeout");
  assert.equal(bus.stats().totalRefused, 1);
});
