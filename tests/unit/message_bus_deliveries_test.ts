import assert from "node:assert/strict";
import {
  type Agent,
  BusError,
  type Delivery,
  exponentialBackoff,
  type Message,
  MessageBus,
} from "../../mod.ts";
import { seededRandom, VirtualClock } from "../../testing/mod.ts";

/** Receives without settling: the deliveries are in the test's hands. */
function hold(agent: Agent, concurrency = 9): Delivery[] {
  const held: Delivery[] = [];
  agent.receive((_, delivery) => {
    held.push(delivery);
    return new Promise(() => {});
  }, { concurrency });
  return held;
}

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "done",
    (error) => error instanceof BusError ? error.code : String(error),
  );
}

Deno.test("K2 Delivery.ack() counts once, and nothing said after it changes that", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const held = hold(bus.agent("b"));
  await bus.agent("a").send("b", 1, { requiresAck: true });
  await clock.advance(0);
  held[0]?.ack();
  held[0]?.ack();
  held[0]?.nack();
  held[0]?.reject("no");
  await clock.advance(100_000);
  assert.equal(held.length, 1);
  const { totalAcked, totalFailed, staleSettlements } = bus.stats();
  assert.deepEqual([totalAcked, totalFailed, staleSettlements], [1, 0, 0]);
});

Deno.test("K1 Delivery.ack() of a lease that has ended changes nothing, and is counted", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, delivery: { ackTimeoutMs: 50 } });
  const held = hold(bus.agent("b"));
  await bus.agent("a").send("b", 1, { requiresAck: true });
  await clock.advance(50);
  assert.equal(held.length, 2);
  assert.equal(held[0]?.signal.aborted, true);
  assert.equal(held[1]?.redelivered, true);
  held[0]?.ack();
  assert.equal(bus.stats().totalAcked, 0);
  assert.equal(bus.stats().staleSettlements, 1);
  held[1]?.ack();
  assert.equal(bus.stats().totalAcked, 1);
  assert.equal(bus.backpressure.pending, 0);
});

Deno.test("K5 Delivery.extend() starts the deadline anew, each time", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, delivery: { ackTimeoutMs: 50 } });
  const held = hold(bus.agent("b"));
  await bus.agent("a").send("b", 1, { requiresAck: true });
  for (let turn = 0; turn < 5; turn++) {
    await clock.advance(49);
    held[0]?.extend();
  }
  await clock.advance(49);
  assert.equal(held.length, 1);
  await clock.advance(1);
  assert.equal(held.length, 2);
  held[0]?.extend();
  await clock.advance(49);
  assert.equal(held.length, 2);
  held[1]?.ack();
});

Deno.test("Delivery.nack() comes again after its delay, with the next attempt", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const held = hold(bus.agent("b"));
  await bus.agent("a").send("b", 1, { requiresAck: true });
  await clock.advance(0);
  held[0]?.nack({ delayMs: 70, reason: "later" });
  await clock.advance(69);
  assert.equal(held.length, 1);
  await clock.advance(1);
  assert.deepEqual(held.map(({ message }) => message.attempt), [1, 2]);
  assert.equal(held[1]?.message.id, held[0]?.message.id);
  held[1]?.nack();
  await clock.advance(0);
  assert.equal(held.length, 3);
  for (const delayMs of [-1, 0.5, NaN]) {
    assert.throws(() => held[2]?.nack({ delayMs }), RangeError);
  }
  assert.throws(() => held[2]?.reject(5 as unknown as string), TypeError);
  held[2]?.ack();
  assert.equal(bus.backpressure.pending, 0);
});

Deno.test("S3 a poison message gets maxAttempts starts, those of lease ends among them", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({
    clock,
    delivery: { maxAttempts: 4, ackTimeoutMs: 10, retry: () => 5 },
  });
  const attempts: number[] = [];
  bus.agent("b").receive(({ attempt }) => {
    attempts.push(attempt);
    if (attempt % 2 === 0) return new Promise(() => {});
    throw new Error("no");
  }, { concurrency: 9 });
  await bus.agent("a").send("b", 1, { requiresAck: true });
  await clock.advance(1_000);
  assert.deepEqual(attempts, [1, 2, 3, 4]);
  assert.equal(bus.deadLetters.size, 1);
});

Deno.test("S3 a consumer that leaves charges no failure, up to 20 returns", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, delivery: { maxAttempts: 1 } });
  bus.agent("b", { durable: true });
  await bus.agent("a").send("b", 1, { requiresAck: true });
  for (let turn = 0; turn < 19; turn++) {
    const b = bus.agent("b");
    hold(b);
    await clock.advance(0);
    await b.close();
  }
  assert.equal(bus.deadLetters.size, 0);
  const last = bus.agent("b");
  hold(last);
  await clock.advance(0);
  await last.close();
  const [letter] = bus.deadLetters;
  assert.equal(letter?.reason, "undeliverable");
  assert.equal(letter?.attempts, 20);
});

Deno.test("S4 an at-most-once message is started once, however its handler ends", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, delivery: { ackTimeoutMs: 10 } });
  let starts = 0;
  bus.agent("throws").receive(() => {
    starts++;
    throw new Error("no");
  });
  bus.agent("nacks").receive((_, delivery) => {
    starts++;
    delivery.nack();
  });
  const slow = hold(bus.agent("slow"));
  const a = bus.agent("a");
  for (const name of ["throws", "nacks", "slow"]) await a.send(name, 1);
  await clock.advance(1_000);
  assert.equal(starts, 2);
  assert.equal(slow.length, 1);
  slow[0]?.ack();
  assert.equal(bus.stats().totalRedelivered, 0);
  assert.equal(bus.stats().totalFailed, 2);
  assert.equal(bus.backpressure.pending, 0);
});

Deno.test("MessageBus lets the consumer's policy decide before its own, and give up", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({
    clock,
    random: seededRandom(1),
    delivery: { retry: exponentialBackoff({ random: seededRandom(1) }) },
  });
  const startedMs: number[] = [];
  bus.agent("b").receive(() => {
    startedMs.push(clock.monotonic());
    throw new Error("no");
  }, { retry: ({ attempts }) => attempts < 3 ? attempts * 10 : undefined });
  await bus.agent("a").send("b", 1, { requiresAck: true });
  await clock.advance(10_000);
  assert.deepEqual(startedMs, [0, 10, 30]);
  assert.equal([...bus.deadLetters][0]?.attempts, 3);
});

Deno.test("S6 instances of one name share its messages, evenly", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const counts = [0, 0, 0];
  for (const index of counts.keys()) {
    bus.agent("b").receive(() => {
      counts[index] = (counts[index] ?? 0) + 1;
    });
  }
  const a = bus.agent("a");
  for (let index = 0; index < 60; index++) await a.send("b", index);
  await clock.advance(0);
  assert.deepEqual(counts, [20, 20, 20]);
});

Deno.test("O1 a sender's messages start in the order they were accepted", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, delivery: { maxAttempts: 1 } });
  const seen: unknown[] = [];
  const b = bus.agent("b");
  const a = bus.agent("a");
  for (let index = 0; index < 50; index++) await a.send("b", index);
  b.receive(({ payload }) => {
    seen.push(payload);
    if (seen.length % 3 === 0) throw new Error("no");
  }, { concurrency: 4 });
  await clock.advance(0);
  assert.deepEqual(seen, Array.from({ length: 50 }, (_, index) => index));
});

Deno.test("S3 a second send with the same deduplicationId adds nothing, and resolves to the first id", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const seen: Message[] = [];
  bus.agent("b").receive((message) => void seen.push(message));
  const a = bus.agent("a");
  const options = { deduplicationId: "job-1" };
  const [one, other] = await Promise.all([
    a.send("b", 1, options),
    a.send("b", 1, options),
  ]);
  assert.equal(other, one);
  assert.notEqual(await bus.agent("c").send("b", 1, options), one);
  await clock.advance(119_999);
  assert.equal(await a.send("b", 1, options), one);
  await clock.advance(1);
  assert.notEqual(await a.send("b", 1, options), one);
  await clock.advance(0);
  assert.equal(seen.length, 3);
  assert.equal(bus.stats().totalSent, 3);
});

Deno.test("B2 MessageBus makes senders wait in line, and refuses them after their time with nothing enqueued", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({
    clock,
    backpressure: { maxPending: 2, timeoutMs: 1_000 },
  });
  const b = bus.agent("b");
  const a = bus.agent("a");
  const abort = new AbortController();
  const outcomes = [
    codeOf(a.send("b", 1)),
    codeOf(a.send("b", 2)),
    codeOf(a.send("b", 3, { signal: abort.signal })),
    codeOf(a.send("b", 4)),
  ];
  assert.equal(bus.backpressure.waiting, 2);
  assert.equal(bus.backpressure.saturated, true);
  await clock.advance(999);
  const late = codeOf(a.send("b", 5));
  abort.abort("enough");
  await clock.advance(1);
  assert.deepEqual(
    await Promise.all(outcomes),
    ["done", "done", "enough", "backpressure_timeout"],
  );
  const seen: unknown[] = [];
  b.receive(({ payload }) => void seen.push(payload));
  assert.equal(await late, "done");
  await clock.advance(0);
  assert.deepEqual(seen, [1, 2, 5]);
  const { pending, waiting, totalWaits, totalTimeouts, peakPending } = bus
    .backpressure.snapshot();
  assert.deepEqual(
    [pending, waiting, totalWaits, totalTimeouts, peakPending],
    [0, 0, 3, 1, 2],
  );
});

Deno.test("MessageBus does with a full mailbox what its policy says", async () => {
  const clock = new VirtualClock();
  for (const overflow of ["reject", "drop-oldest", "drop-newest"] as const) {
    await using bus = new MessageBus({ clock });
    const seen: unknown[] = [];
    const b = bus.agent("b");
    const work = Promise.withResolvers<void>();
    await b.subscribe("t", async ({ payload }) => {
      seen.push(payload);
      await work.promise;
    }, { maxMessages: 2, overflow });
    const a = bus.agent("a");
    await a.publish("t", 1);
    await clock.advance(0);
    await a.publish("t", 2);
    await a.publish("t", 3, { priority: 90 });
    const last = await codeOf(a.publish("t", 4));
    work.resolve();
    await clock.advance(0);
    const { totalDropped } = bus.stats();
    const [letter] = bus.deadLetters;
    if (overflow === "reject") {
      assert.deepEqual([last, seen, totalDropped], ["overflow", [1, 3, 2], 0]);
      assert.equal(letter, undefined);
    } else if (overflow === "drop-oldest") {
      assert.deepEqual([last, seen, totalDropped], ["done", [1, 3, 4], 1]);
      assert.equal(letter?.message.payload, 2);
    } else {
      assert.deepEqual([last, seen, totalDropped], ["done", [1, 3, 2], 1]);
      assert.equal(letter?.message.payload, 4);
      assert.equal(letter?.reason, "overflow");
    }
    assert.equal(bus.backpressure.pending, 0);
  }
});

Deno.test("L5 a full mailbox makes its own senders wait, and stops nobody else", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, mailbox: { maxMessages: 1 } });
  const full = bus.agent("full");
  let count = 0;
  bus.agent("quick").receive(() => void count++);
  const a = bus.agent("a");
  await a.send("full", 1);
  const waiting = a.send("full", 2);
  for (let index = 0; index < 5; index++) await a.send("quick", index);
  await clock.advance(0);
  assert.equal(count, 5);
  assert.equal(bus.backpressure.waiting, 1);
  full.receive(() => {});
  await waiting;
  await clock.advance(0);
  assert.equal(bus.backpressure.pending, 0);
});

Deno.test("MessageBus counts bytes as well, and lets one message in that is larger than all", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({
    clock,
    backpressure: { maxPendingBytes: 1_000, timeoutMs: 0 },
  });
  const held = hold(bus.agent("b"));
  const a = bus.agent("a");
  await a.send("b", new Uint8Array(5_000));
  assert.equal(bus.backpressure.snapshot().pendingBytes, 5_000);
  assert.equal(await codeOf(a.send("b", 1)), "backpressure_timeout");
  await clock.advance(0);
  held[0]?.ack();
  assert.equal(await codeOf(a.send("b", new Uint8Array(600))), "done");
  assert.equal(
    await codeOf(a.send("b", new Uint8Array(600))),
    "backpressure_timeout",
  );
});

Deno.test("Agent.inbox() hands out to a loop that settles by itself, and gives back what it leaves", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const b = bus.agent("b");
  const a = bus.agent("a");
  for (const n of [1, 2, 3]) await a.send("b", n, { requiresAck: true });
  const seen: unknown[] = [];
  for await (const delivery of b.inbox()) {
    seen.push(delivery.message.payload);
    if (seen.length === 2) break;
    delivery.ack();
  }
  assert.deepEqual(seen, [1, 2]);
  assert.equal(bus.stats().totalAcked, 1);
  assert.equal(bus.backpressure.pending, 2);
  const rest = hold(b);
  await clock.advance(0);
  assert.deepEqual(
    rest.map(({ message, redelivered }) => [message.payload, redelivered]),
    [[2, true], [3, false]],
  );
  for (const delivery of rest) delivery.ack();
  assert.equal(bus.backpressure.pending, 0);
});

Deno.test("O12 a retry policy that throws, or decides on nonsense, gives the message up and harms nobody", async () => {
  const policies = {
    nan: () => NaN,
    endless: () => Infinity,
    text: () => "5" as unknown as number,
    broken: () => {
      throw new Error("policy");
    },
  };
  for (const retry of Object.values(policies)) {
    for (const level of ["bus", "consumer"]) {
      const clock = new VirtualClock();
      const delivery = level === "bus" ? { retry } : {};
      await using bus = new MessageBus({ clock, delivery });
      bus.agent("b").receive(() => {
        throw new Error("no");
      }, level === "bus" ? {} : { retry });
      await bus.agent("a").send("b", 1, { requiresAck: true });
      await clock.advance(100_000);
      assert.equal(bus.backpressure.pending, 0);
      assert.equal(bus.deadLetters.size, 1);
    }
  }
});
