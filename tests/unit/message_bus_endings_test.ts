import assert from "node:assert/strict";
import { sleep } from "../../core/clock.ts";
import { connect, memoryTransport, MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { codeOf, door, turns } from "../support/agent_stage.ts";

/** Whether a promise has settled once everything has happened that can. */
async function hasEnded(promise: Promise<unknown>): Promise<boolean> {
  let ended = false;
  void promise.finally(() => ended = true).catch(() => {});
  await turns();
  return ended;
}

Deno.test("MessageBus.drain() does not wait for what a rule let in after everybody had left", async () => {
  await using bus = new MessageBus({ clock: new VirtualClock() });
  const { opened, open } = door();
  bus.router.registerHandler("look", () => opened);
  bus.router.addRule({ id: "look", priority: 50, handler: "look" });
  bus.agent("worker");
  const sending = bus.agent("sender").send("worker", 1);
  const draining = bus.drain();
  assert.equal(await hasEnded(draining), false);
  open();
  await sending;
  assert.equal(await hasEnded(draining), true);
  assert.equal(bus.backpressure.pending, 1);
});

for (const delayMs of [0, 1_000]) {
  Deno.test(`MessageBus.drain() does not wait for what goes back to nobody, to be tried in ${delayMs} ms`, async () => {
    await using bus = new MessageBus({ clock: new VirtualClock() });
    const { opened, open } = door();
    const worker = bus.agent("worker");
    const receiving = worker.receive(async (_message, delivery) => {
      await opened;
      delivery.nack({ delayMs });
    });
    await bus.agent("sender").send("worker", 1, { requiresAck: true });
    await turns();
    const retired = receiving.drain();
    const draining = bus.drain();
    assert.equal(await hasEnded(draining), false);
    open();
    await retired;
    assert.equal(await hasEnded(draining), true);
    assert.equal(bus.backpressure.pending, 1);
  });
}

Deno.test("MessageBus.close() waits for the connections of a listener that is closing", async () => {
  const clock = new VirtualClock();
  const bus = new MessageBus({ clock });
  const transport = memoryTransport();
  const listener = await bus.listen(transport);
  const worker = await connect(transport, { name: "worker", clock });
  worker.receive(() => new Promise(() => {}));
  await bus.agent("sender").send("worker", 1, { requiresAck: true });
  await turns();
  assert.equal(bus.agents()[0]?.inFlight, 1);
  const closing = listener.close();
  await bus.close();
  assert.equal(listener.connections, 0);
  assert.equal(bus.backpressure.pending, 0);
  await closing;
  await worker.close();
  assert.equal(clock.timers, 0);
});

Deno.test("DeadLetterQueue.discard() of a letter whose rules still run keeps its message out", async () => {
  await using bus = new MessageBus({ clock: new VirtualClock() });
  const [letter] = await lettersFor(bus);
  assert.ok(letter);
  const { opened, open } = door();
  bus.router.registerHandler("look", () => opened);
  bus.router.addRule({ id: "look", priority: 50, handler: "look" });
  let received = 0;
  bus.agent("worker").receive(() => void received++);
  const replaying = bus.deadLetters.replay(letter.id);
  await turns();
  assert.equal(bus.deadLetters.discard(letter.id), true);
  open();
  assert.equal(await codeOf(replaying), "cancelled");
  await turns();
  assert.equal(received, 0);
  assert.equal(bus.backpressure.pending, 0);
});

Deno.test("DeadLetterQueue.replay() of what fails again at once leaves a letter of the same id", async () => {
  await using bus = new MessageBus({ clock: new VirtualClock() });
  const [letter] = await lettersFor(bus);
  assert.ok(letter);
  assert.equal(await bus.deadLetters.replay(letter.id), letter.message.id);
  assert.deepEqual([...bus.deadLetters].map(({ id }) => id), [letter.id]);
});

Deno.test("S1 MessageBus.close() refuses a send whose rule still runs: it does not say that it was accepted", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  bus.router.registerHandler("wait", () => sleep(clock, 20));
  bus.router.addRule({ id: "r", priority: 50, handler: "wait" });
  bus.agent("b");
  const code = codeOf(bus.agent("a").send("b", 1));
  await clock.advance(10);
  await bus.close();
  await clock.advance(20);
  assert.equal(await code, "closed");
  const { totalMessages, pendingMessages, totalRefused } = bus.stats();
  assert.deepEqual([totalMessages, pendingMessages, totalRefused], [0, 0, 1]);
});

Deno.test("Q1 MessageBus.close() counts what it gives up, and keeps a letter of what required an ack", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  bus.agent("b", { durable: true });
  const a = bus.agent("a");
  await a.send("b", 1);
  await a.send("b", 2, { requiresAck: true });
  await bus.close();
  const { totalDropped, totalFailed, pendingMessages } = bus.stats();
  assert.deepEqual([totalDropped, totalFailed, pendingMessages], [1, 1, 0]);
  assert.deepEqual([...bus.deadLetters].map(({ message }) => message.payload), [
    2,
  ]);
});

/** A letter, for a name that nobody serves. */
async function lettersFor(bus: MessageBus) {
  await bus.agent("sender").send("worker", 1);
  return [...bus.deadLetters];
}
