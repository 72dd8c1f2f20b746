import assert from "node:assert/strict";
import { BusError, MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "done",
    (error) => error instanceof BusError ? error.code : String(error),
  );
}

Deno.test("MessageBus.drain() takes no more, and resolves when what is in hand is finished", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, delivery: { retry: () => 50 } });
  let fails = 2;
  bus.agent("b").receive(() => {
    if (fails-- > 0) throw new Error("no");
  });
  const a = bus.agent("a");
  await a.send("b", 1, { requiresAck: true });
  await a.send("b", 2, { requiresAck: true });
  let isDrained = false;
  const drained = bus.drain().then(() => isDrained = true);
  assert.equal(bus.state, "draining");
  await assert.rejects(
    a.send("b", 3),
    { code: "closed", message: /as the bus drains: it finishes what it has/ },
  );
  assert.equal(await codeOf(a.request("b", 3)), "closed");
  assert.throws(() => bus.agent("c"), /Cannot add agent as the bus drains/);
  await clock.advance(49);
  assert.equal(isDrained, false);
  await clock.advance(51);
  await drained;
  assert.equal(bus.backpressure.pending, 0);
  assert.equal(bus.stats().totalAcked, 2);
});

Deno.test("MessageBus.drain() does not wait for what nobody is there to handle", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  bus.agent("b");
  await bus.agent("a").send("b", 1);
  await bus.drain();
  await bus.drain();
  assert.equal(bus.backpressure.pending, 1);
});

Deno.test("MessageBus.drain() lets a request in hand be answered", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const work = Promise.withResolvers<string>();
  bus.agent("b").respond(() => work.promise);
  const reply = bus.agent("a").request("b", 1);
  await clock.advance(0);
  const drained = bus.drain();
  work.resolve("done");
  assert.equal((await reply).payload, "done");
  await drained;
});

Deno.test("MessageBus.drain() gives up after its time, and the bus stays as it is", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const work = Promise.withResolvers<void>();
  bus.agent("b").receive(() => work.promise);
  await bus.agent("a").send("b", 1);
  await clock.advance(0);
  const drained = assert.rejects(
    bus.drain({ timeoutMs: 500 }),
    /Gave up draining after 500 ms: 1 copies are unfinished/,
  );
  await clock.advance(500);
  await drained;
  assert.equal(bus.state, "draining");
  work.resolve();
  await bus.drain();
  assert.equal(bus.backpressure.pending, 0);
});

Deno.test("MessageBus.close() fails those who wait, ends the work in hand, and leaves no timer", async () => {
  const clock = new VirtualClock();
  const bus = new MessageBus({ clock, backpressure: { maxPending: 3 } });
  const signals: AbortSignal[] = [];
  const stall = (_: unknown, delivery: { signal: AbortSignal }) => {
    signals.push(delivery.signal);
    return new Promise<void>(() => {});
  };
  const b = bus.agent("b");
  b.receive(stall);
  b.respond(stall);
  const a = bus.agent("a");
  await a.send("b", 1, { requiresAck: true, ttlMs: 1_000 });
  await a.send("b", 2, { ttlMs: 1_000 });
  const request = codeOf(a.request("b", 3));
  const waiting = codeOf(a.send("b", 4));
  const stream = codeOf(Array.fromAsync(a.stream("b", 5)));
  const inbox = Array.fromAsync(a.inbox());
  await clock.advance(0);
  assert.equal(signals.length, 2);
  await bus.close();
  assert.deepEqual(
    await Promise.all([request, waiting, stream]),
    ["closed", "closed", "closed"],
  );
  assert.deepEqual(await inbox, []);
  assert.ok(signals.every(({ aborted }) => aborted));
  assert.equal(bus.state, "closed");
  assert.equal(clock.timers, 0);
  const { pending, pendingBytes, waiting: left } = bus.backpressure.snapshot();
  assert.deepEqual([pending, pendingBytes, left], [0, 0, 0]);
  assert.equal(bus.requests.size, 0);
  assert.deepEqual(bus.agents(), []);
});

Deno.test("MessageBus.close() refuses senders that no room is made for", async () => {
  const clock = new VirtualClock();
  const bus = new MessageBus({ clock, backpressure: { maxPending: 1 } });
  bus.agent("b", { durable: true });
  const a = bus.agent("a");
  await a.send("b", 1);
  const waiting = codeOf(a.send("b", 2));
  await clock.advance(200);
  await bus.close();
  assert.equal(await waiting, "closed");
  assert.equal(bus.backpressure.waiting, 0);
  assert.equal(clock.timers, 0);
});

Deno.test("MessageBus.close() may be called twice, at once, after drain, and from a handler", async () => {
  const clock = new VirtualClock();
  const bus = new MessageBus({ clock });
  await Promise.all([bus.close(), bus.close()]);
  await bus.close();
  await bus.drain();
  await bus[Symbol.asyncDispose]();
  const other = new MessageBus({ clock });
  const closed = Promise.withResolvers<void>();
  other.agent("b").receive(async () => {
    await other.close();
    closed.resolve();
  });
  await other.agent("a").send("b", 1, { requiresAck: true });
  await closed.promise;
  assert.equal(other.state, "closed");
  assert.equal(other.backpressure.pending, 0);
  assert.equal(clock.timers, 0);
});

Deno.test("MessageBus refuses everything after close, and can still be read", async () => {
  const bus = new MessageBus();
  const a = bus.agent("a");
  await a.send("nobody", 1);
  await bus.close();
  const init = { sender: "a", recipient: "b", payload: 1 };
  assert.equal(await codeOf(a.send("b", 1)), "closed");
  assert.equal(await codeOf(bus.send({ type: "direct", ...init })), "closed");
  assert.equal(
    await codeOf(bus.request({ type: "request", ...init })),
    "closed",
  );
  assert.throws(() => bus.agent("b"), BusError);
  assert.throws(() => a.receive(() => {}), BusError);
  const [letter] = bus.deadLetters;
  assert.ok(letter);
  assert.equal(await codeOf(bus.deadLetters.replay(letter.id)), "closed");
  assert.equal(bus.stats().deadLetters, 1);
  assert.equal(bus.history().length, 1);
  assert.deepEqual(await Array.fromAsync(bus.events()), []);
});

Deno.test("MessageBus.close() ends drain() as well", async () => {
  const clock = new VirtualClock();
  const bus = new MessageBus({ clock });
  bus.agent("b").receive(() => new Promise(() => {}));
  await bus.agent("a").send("b", 1, { requiresAck: true });
  await clock.advance(0);
  const drained = bus.drain();
  await bus.close();
  await drained;
  assert.equal(clock.timers, 0);
});

Deno.test("Agent.close() gives back what it has in hand to another instance, and drain() finishes it", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const one = bus.agent("b");
  const attempts: number[] = [];
  one.receive(() => new Promise(() => {}));
  await bus.agent("a").send("b", 1, { requiresAck: true });
  await clock.advance(0);
  const other = bus.agent("b");
  const work = Promise.withResolvers<void>();
  other.receive(({ attempt }) => {
    attempts.push(attempt);
    return work.promise;
  });
  await one.close();
  await one.close();
  await clock.advance(0);
  assert.deepEqual(attempts, [2]);
  const drained = other.drain();
  work.resolve();
  await drained;
  assert.equal(bus.stats().totalAcked, 1);
  assert.equal(bus.stats().totalFailed, 0);
});

Deno.test("MessageBus.drain() may be called twice at once, and ends when the last consumer leaves", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const subscription = bus.agent("b").receive((_, delivery) =>
    delivery.nack({ delayMs: 600_000 })
  );
  await bus.agent("a").send("b", 1, { requiresAck: true });
  await clock.advance(0);
  const drained = Promise.all([bus.drain(), bus.drain()]);
  await clock.advance(10);
  await subscription.close();
  await drained;
  assert.equal(clock.monotonic(), 10);
});
