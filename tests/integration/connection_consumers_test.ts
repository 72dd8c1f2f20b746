import assert from "node:assert/strict";
import { connect, MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";
import { memoryTransport } from "../../transports/memory.ts";
import { codeOf, door, turns, until } from "../support/agent_stage.ts";
import { CuttableTransport } from "../support/cuttable_transport.ts";

const DAY_MS = 86_400_000;

/** Counts the work that goes on at the same time, until the test ends it all. */
class CountedWork {
  running = 0;
  peak = 0;
  starts = 0;
  readonly #end = door();

  readonly handle = async (): Promise<void> => {
    this.starts++;
    this.peak = Math.max(this.peak, ++this.running);
    await this.#end.opened;
    this.running--;
  };

  end(): void {
    this.#end.open();
  }
}

Deno.test("MessageBus takes back what a consumer that drained had in hand when its connection is lost", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const transport = new CuttableTransport();
  await bus.listen(transport, { reconnectGraceMs: 100 });
  const agent = await connect(transport, {
    name: "r",
    reconnect: false,
    clock,
  });
  const work = new CountedWork();
  const subscription = agent.receive(work.handle);
  await turns();
  const id = await bus.agent("a").send("r", "work");
  await until("it is in hand", () => work.running === 1);
  const drained = subscription.drain();
  await turns();
  await transport.cut();
  await turns();
  await clock.advance(DAY_MS);
  await turns();
  assert.equal(bus.backpressure.pending, 0);
  assert.equal(bus.message(id)?.outcome, "dropped");
  assert.equal(bus.agents().some(({ name }) => name === "r"), false);
  work.end();
  await drained;
});

Deno.test("MessageBus forgets a subscription that was closed while its connection was lost", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, mailbox: { maxMessages: 3 } });
  const transport = new CuttableTransport();
  await bus.listen(transport, { reconnectGraceMs: 10_000 });
  await using agent = await connect(transport, { name: "r", clock });
  const subscription = await agent.subscribe("x.*", () => {});
  transport.isDown = true;
  await transport.cut();
  await turns();
  await subscription.close();
  transport.isDown = false;
  await clock.advance(5_000);
  await turns();
  const info = () => bus.agents().find(({ name }) => name === "r");
  assert.equal(info()?.instances, 1);
  await clock.advance(5_000);
  assert.deepEqual(info()?.subscriptions, []);
  assert.deepEqual(bus.subscribers("x.y"), []);
  const publisher = bus.agent("p");
  for (let index = 0; index < 4; index++) {
    await publisher.publish("x.y", index);
  }
  assert.equal(bus.backpressure.pending, 0);
});

Deno.test("Agent.respond() over a connection keeps to its concurrency though requests time out", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const transport = memoryTransport();
  await bus.listen(transport);
  await using agent = await connect(transport, { name: "r", clock });
  const work = new CountedWork();
  agent.respond(work.handle, { concurrency: 2 });
  await turns();
  const asker = bus.agent("a");
  for (let index = 0; index < 6; index++) {
    const asked = codeOf(asker.request("r", index, { timeoutMs: 15 }));
    await turns();
    await clock.advance(15);
    assert.equal(await asked, "request_timeout");
  }
  await turns();
  assert.deepEqual([work.starts, work.peak], [2, 2]);
  work.end();
  await until("it is done", () => work.running === 0);
});

Deno.test("Agent.receive() over a connection handles one message at a time though leases end", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({
    clock,
    delivery: { ackTimeoutMs: 20, maxAttempts: 10, retry: () => 0 },
  });
  const transport = memoryTransport();
  await bus.listen(transport);
  await using agent = await connect(transport, { name: "r", clock });
  const work = new CountedWork();
  agent.receive(work.handle);
  await turns();
  await bus.agent("a").send("r", 1, { requiresAck: true });
  for (let lease = 0; lease < 4; lease++) {
    await turns();
    await clock.advance(20);
  }
  await turns();
  assert.deepEqual([work.starts, work.peak], [1, 1]);
  work.end();
  await until("it is acked", () => bus.stats().totalAcked === 1);
  assert.equal(work.peak, 1);
});

Deno.test("Agent.subscribe() that meets drain() fails, and does not hold it up", async () => {
  await using bus = new MessageBus({ clock: new VirtualClock() });
  const transport = memoryTransport();
  await bus.listen(transport);
  const clock = new VirtualClock();
  const agent = await connect(transport, { name: "r", clock });
  const subscribed = codeOf(agent.subscribe("x.*", () => {}));
  await agent.drain();
  assert.equal(await subscribed, "closed");
  await turns();
  assert.deepEqual(bus.subscribers("x.y"), []);
});

Deno.test("MessageBus goes on with its other messages when a payload was changed into no JSON", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const transport = memoryTransport();
  await bus.listen(transport);
  await using agent = await connect(transport, { name: "r", clock });
  const seen: unknown[] = [];
  agent.receive(() => {});
  bus.agent("b").receive(({ payload }) => void seen.push(payload));
  await turns();
  const sender = bus.agent("a");
  const payload: { self?: unknown } = {};
  const sent = [sender.send("r", payload), sender.send("b", 1)];
  payload.self = payload;
  await Promise.all(sent);
  await sender.send("b", 2);
  await turns();
  assert.deepEqual(seen, [1, 2]);
  assert.equal(bus.backpressure.pending, 0);
});

Deno.test("Delivery.reject() over a connection takes a reason of any length", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, maxMessageBytes: 1_024 });
  const transport = memoryTransport();
  await bus.listen(transport);
  await using agent = await connect(transport, { name: "r", clock });
  const reason = "y".repeat(200_000);
  agent.receive((_, delivery) => delivery.reject(reason));
  await turns();
  const sender = bus.agent("a");
  await sender.send("r", 1, { requiresAck: true });
  await until("it is a dead letter", () => bus.deadLetters.size === 1);
  const [letter] = bus.deadLetters;
  assert.equal(letter?.reason, "rejected");
  assert.match(letter.detail ?? "", /^y{255}/);
  assert.equal(bus.stats().connectionErrors, 0);
  assert.equal(typeof await agent.send("a", 1), "string");
});

Deno.test("Agent.request() over a connection gets replies that together exceed what it may buffer", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const transport = memoryTransport();
  await bus.listen(transport);
  await using agent = await connect(transport, { name: "r", clock });
  // Nine wait beside the one that is written: more than the 64 MiB it may hold.
  const large = new Uint8Array(9_000_000);
  bus.agent("b").respond(() => large);
  const replies = await Promise.all(
    Array.from({ length: 10 }, (_, index) => agent.request("b", index)),
  );
  assert.equal(replies.length, 10);
  assert.ok(replies.every(({ payload }) => sizeOf(payload) === 9_000_000));
  assert.equal(bus.stats().connectionErrors, 0);
});

Deno.test("Agent.stream() over a connection gets pieces that together exceed what it may buffer", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const transport = memoryTransport();
  await bus.listen(transport);
  await using agent = await connect(transport, { name: "r", clock });
  const piece = new Uint8Array(9_000_000);
  bus.agent("b").respond(async function* () {
    for (let index = 0; index < 8; index++) yield piece;
  });
  let bytes = 0;
  for await (const payload of agent.stream("b", 1)) bytes += sizeOf(payload);
  assert.equal(bytes, 8 * 9_000_000);
  assert.equal(bus.stats().connectionErrors, 0);
});

function sizeOf(payload: unknown): number {
  return payload instanceof Uint8Array ? payload.byteLength : 0;
}
