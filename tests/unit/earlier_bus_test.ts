import assert from "node:assert/strict";
import { connect, memoryTransport, MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";
import * as wire from "../../transports/transport.ts";
import { FrameDecoder } from "../../transports/wire/decoder.ts";
import { until } from "../support/agent_stage.ts";
import { copyFrame, encodeFrames } from "../support/frames.ts";

// How an earlier bus failed, by name. No time passes but what a test moves on.

const { frame, FrameKind } = wire;

Deno.test("request() could only time out", async () => {
  await using bus = new MessageBus({ clock: new VirtualClock() });
  const asker = bus.agent("asker");
  bus.agent("doubler").respond(({ payload }) => Number(payload) * 2);
  bus.agent("broken").respond(() => Promise.reject(new Error("no luck")));
  assert.equal((await asker.request("doubler", 21)).payload, 42);
  await assert.rejects(asker.request("broken", 1), { code: "remote" });
  await assert.rejects(asker.request("nobody", 1), { code: "no_recipient" });
});

Deno.test("publishing never reached subscribers", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const transport = memoryTransport();
  await bus.listen(transport);
  await using far = await connect(transport, { name: "far", clock });
  const near = bus.agent("near");
  const seen: unknown[] = [];
  await near.subscribe("jobs.>", ({ payload }) => void seen.push(payload));
  await far.subscribe("*.build.*", ({ payload }) => void seen.push(payload));
  await near.publish("jobs.build.done", "house");
  await far.publish("jobs.build.done", "shed");
  await far.publish("jobs.paint.done", "door");
  await clock.advance(0);
  assert.deepEqual(seen.sort(), ["door", "house", "house", "shed", "shed"]);
});

Deno.test("the backpressure limit let the message through after one sleep", async () => {
  const clock = new VirtualClock();
  const backpressure = { maxPending: 1, waitMs: 100, timeoutMs: 1_000 };
  await using bus = new MessageBus({ clock, backpressure });
  const slow = bus.agent("slow");
  const sender = bus.agent("sender");
  await sender.send("slow", "first");
  const second = sender.send("slow", "second");
  const outcome = second.then(() => "let in", ({ code }) => code);
  await clock.advance(999);
  const { waiting, pending } = bus.backpressure;
  assert.deepEqual({ waiting, pending }, { waiting: 1, pending: 1 });
  await clock.advance(1);
  assert.equal(await outcome, "backpressure_timeout");
  const third = sender.send("slow", "third");
  const seen: unknown[] = [];
  slow.receive(({ payload }) => void seen.push(payload));
  await third;
  await clock.advance(0);
  assert.deepEqual(seen, ["first", "third"]);
  assert.equal(bus.backpressure.snapshot().peakPending, 1);
});

Deno.test("a message that matched no rule vanished", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const others = { id: "others", priority: 9, match: { topic: "other.>" } };
  bus.router.addRule({ ...others, action: { kind: "drop" } });
  const seen: unknown[] = [];
  const b = bus.agent("b");
  b.receive(({ payload }) => void seen.push(payload));
  await b.subscribe("jobs.*", ({ payload }) => void seen.push(payload));
  const a = bus.agent("a");
  await a.send("b", "direct");
  await a.publish("jobs.build", "published");
  await a.send("nobody", "lost");
  await clock.advance(0);
  assert.deepEqual(seen.sort(), ["direct", "published"]);
  const [letter] = bus.deadLetters;
  assert.equal(letter?.reason, "no_recipient");
});

Deno.test("one handler's error stopped the rules after it", async () => {
  await using bus = new MessageBus({ clock: new VirtualClock() });
  const ran: string[] = [];
  for (const [index, name] of ["first", "thrower", "last"].entries()) {
    bus.router.registerHandler(name, () => {
      ran.push(name);
      if (name === "thrower") throw new Error("out of order");
    });
    bus.router.addRule({ id: name, priority: 9 - index, handler: name });
  }
  bus.agent("b");
  const sent = bus.agent("a").send("b", 1);
  await assert.rejects(sent, { code: "routing_failed" });
  assert.deepEqual(ran, ["first", "thrower", "last"]);
});

Deno.test("TTL was looked at once, at send", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const b = bus.agent("b");
  const a = bus.agent("a");
  await a.send("b", "late", { ttlMs: 100 });
  await a.send("b", "early", { ttlMs: 101 });
  // Nobody takes the message, nobody polls: it expires all the same.
  await clock.advance(100);
  const [letter] = bus.deadLetters;
  assert.equal(letter?.reason, "expired");
  const seen: unknown[] = [];
  b.receive(({ payload }) => void seen.push(payload));
  await clock.advance(0);
  assert.deepEqual(seen, ["early"]);
});

Deno.test("attempts were stored and never read", async () => {
  const clock = new VirtualClock();
  const delivery = { maxAttempts: 3, retry: () => 10 };
  await using bus = new MessageBus({ clock, delivery });
  const seen: number[] = [];
  bus.agent("b").receive(({ attempt }) => {
    seen.push(attempt);
    throw new Error("never works");
  });
  await bus.agent("a").send("b", 1, { requiresAck: true });
  await clock.advance(60_000);
  assert.deepEqual(seen, [1, 2, 3]);
  const [letter] = bus.deadLetters;
  assert.equal(letter?.reason, "handler_failed");
  assert.equal(letter.attempts, 3);
});

Deno.test("acks were stored and never read", async () => {
  const clock = new VirtualClock();
  const delivery = { ackTimeoutMs: 1_000, retry: () => 0 };
  await using bus = new MessageBus({ clock, delivery });
  const deliveries = bus.agent("b").inbox()[Symbol.asyncIterator]();
  const a = bus.agent("a");
  await a.send("b", "acked", { requiresAck: true });
  await a.send("b", "forgotten", { requiresAck: true });
  (await deliveries.next()).value.ack();
  const forgotten = (await deliveries.next()).value;
  await clock.advance(1_000);
  const again = (await deliveries.next()).value;
  assert.equal(again.message.payload, "forgotten");
  // Its lease has ended: this ack changes nothing, and is counted.
  forgotten.ack();
  assert.equal(bus.stats().staleSettlements, 1);
  again.ack();
  await clock.advance(60_000);
  const { totalAcked, totalRedelivered } = bus.stats();
  assert.deepEqual([totalAcked, totalRedelivered], [2, 1]);
});

Deno.test("priorities were stored and never read", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const b = bus.agent("b");
  const a = bus.agent("a");
  for (const priority of [0, 100, 50, 100, 1]) {
    await a.send("b", priority, { priority });
  }
  const seen: unknown[] = [];
  b.receive(({ payload }) => void seen.push(payload));
  await clock.advance(0);
  assert.deepEqual(seen, [100, 100, 50, 1, 0]);
});

Deno.test("the socket's reader blocked its writer: a peer that does not read holds nobody up", async () => {
  await using bus = new MessageBus({ clock: new VirtualClock() });
  const transport = memoryTransport();
  await bus.listen(transport);
  bus.agent("echo").respond((message) => message.payload);
  // The replies are twelve times what the connection takes before it is read.
  const payload = wire.encodePayload("x".repeat(4_096)).bytes;
  const head = wire.encodeEnvelope({ type: "request", recipient: "echo" });
  const requests = Array.from(
    { length: 200 },
    (_, id) => frame(FrameKind.request, { id, aux: 9_000, head, payload }),
  );
  const peer = await transport.dial();
  await peer.write(encodeFrames([hello("mute"), ...requests]));
  const reply = await bus.agent("other").request("echo", "still here");
  assert.equal(reply.payload, "still here");
  // The last of them may still lie in the pipe when the other's reply is there.
  await until("all are taken", () => bus.stats().perSender.mute === 200);
  const received = await read(peer, 201);
  const replies = received.filter(({ kind }) => kind === FrameKind.reply);
  assert.equal(new Set(replies.map(({ id }) => id)).size, 200);
});

Deno.test("the socket's reader blocked its writer: acks are taken while sends wait for room", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, backpressure: { maxPending: 1 } });
  const transport = memoryTransport();
  await bus.listen(transport);
  bus.agent("sink").receive(() => {});
  await using worker = await connect(transport, { name: "worker", clock });
  const taken = worker.inbox()[Symbol.asyncIterator]().next();
  await bus.agent("a").send("worker", "job", { requiresAck: true });
  const { value: delivery } = await taken;
  // More than a connection's window: some wait at the bus, some at the client.
  const send = (n: number) => worker.send("sink", n, { requiresAck: true });
  const sends = Array.from({ length: 1_100 }, (_, n) => send(n));
  const settled = Promise.allSettled(sends);
  await clock.advance(1_000);
  assert.equal(bus.backpressure.waiting, 1_024);
  delivery.ack();
  await clock.advance(0);
  assert.notEqual(bus.stats().totalAcked, 0);
  await settled;
  assert.equal(bus.stats().perSender.worker, 1_100);
});

Deno.test("a length prefix of 4 GiB was allocated before it was doubted", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const transport = memoryTransport();
  await bus.listen(transport);
  const before = Deno.memoryUsage().external;
  for (const greeting of [[], [hello("liar")]]) {
    const peer = await transport.dial();
    await peer.write(encodeFrames(greeting));
    await peer.write(new Uint8Array(20).fill(255));
    const { kind, payload } = (await read(peer, Infinity)).at(-1) ?? {};
    const grownBytes = Deno.memoryUsage().external - before;
    assert.ok(grownBytes < 4 * 1024 * 1024, `${grownBytes} bytes were taken`);
    assert.equal(kind, FrameKind.goodbye);
    assert.match(new TextDecoder().decode(payload), /"code":"protocol"/);
  }
  await clock.advance(0);
  assert.equal(bus.stats().connectionErrors, 2);
});

function hello(name: string): wire.Frame {
  const said = { protocol: "busbar", versions: [1], name, instance: name };
  return frame(FrameKind.hello, { payload: wire.encodePayload(said).bytes });
}

/** Reads `count` frames, or all until the bus closes. */
async function read(peer: wire.Connection, count: number) {
  const frames: wire.Frame[] = [];
  const decoder = new FrameDecoder(65_536);
  const buffer = new Uint8Array(65_536);
  while (frames.length < count) {
    const bytes = await peer.read(buffer);
    if (bytes === null) break;
    const arrived = buffer.subarray(0, bytes);
    decoder.push(arrived, (each) => frames.push(copyFrame(each)));
  }
  return frames;
}
