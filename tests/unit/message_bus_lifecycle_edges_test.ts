import assert from "node:assert/strict";
import { type BusEvent, connect, MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";
import { memoryTransport } from "../../transports/memory.ts";
import { codeOf, door } from "../support/agent_stage.ts";

Deno.test("MessageBus.drain() called twice at once resolves twice", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const { opened, open } = door();
  const agent = bus.agent("a");
  agent.receive(() => opened);
  await agent.send("a", 1);
  await clock.advance(0);
  const drained = Promise.all([
    bus.drain({ timeoutMs: 1_000 }),
    bus.drain({ timeoutMs: 1_000 }),
  ]);
  await clock.advance(500);
  open();
  await clock.advance(500);
  await drained;
});

Deno.test("MessageBus.drain() waits for the work of a subscription that drains", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const { opened, open } = door();
  const agent = bus.agent("a");
  const subscription = agent.receive(() => opened);
  await agent.send("a", 1, { requiresAck: true });
  await clock.advance(0);
  const left = subscription.drain();
  let isDrained = false;
  const drained = bus.drain({ timeoutMs: 1_000 }).then(() => isDrained = true);
  await clock.advance(999);
  assert.equal(isDrained, false);
  open();
  await clock.advance(0);
  await Promise.all([left, drained]);
  assert.equal(bus.stats().totalAcked, 1);
});

Deno.test("MessageBus.drain() ends when the last consumer of a durable mailbox leaves", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const agent = bus.agent("a", { durable: true });
  agent.receive(() => new Promise<void>(() => {}));
  await agent.send("a", 1, { requiresAck: true });
  await clock.advance(0);
  const drained = bus.drain({ timeoutMs: 800 });
  await agent.close();
  await clock.advance(800);
  await drained;
  assert.equal(bus.backpressure.pending, 1);
});

Deno.test("MessageBus.listen() crossed by close() fails, and leaves nobody listening", async () => {
  const bus = new MessageBus();
  const transport = memoryTransport();
  const listening = codeOf(bus.listen(transport));
  await bus.close();
  assert.equal(await listening, "closed");
  assert.equal(
    await codeOf(connect(transport, { name: "late" })),
    "unreachable",
  );
});

Deno.test("MessageBus.listen() refuses a reconnectGraceMs that is no time", async () => {
  await using bus = new MessageBus();
  const transport = memoryTransport();
  for (const reconnectGraceMs of [Infinity, -5, NaN, 0.5]) {
    await assert.rejects(
      bus.listen(transport, { reconnectGraceMs }),
      RangeError,
    );
  }
  // Nor does it hold on to the transport.
  await bus.listen(transport, { reconnectGraceMs: 0 });
});

Deno.test("MessageBus.events() answers two reads at once, in order, and ends them on close", async () => {
  const bus = new MessageBus();
  const events = bus.events()[Symbol.asyncIterator]();
  const reads = [events.next(), events.next()];
  bus.agent("a");
  bus.agent("b");
  const joined = (await Promise.all(reads)).map(({ value }) => named(value));
  assert.deepEqual(joined, ["agent_joined a", "agent_joined b"]);
  const later = Array.from({ length: 8 }, () => events.next());
  await bus.close();
  const results = await Promise.all(later);
  assert.equal(results.at(-1)?.done, true);
  const ended = results.findIndex(({ done }) => done);
  assert.ok(results.slice(ended).every(({ done }) => done));
});

function named(event: BusEvent): string {
  return "agent" in event ? `${event.type} ${event.agent}` : event.type;
}
