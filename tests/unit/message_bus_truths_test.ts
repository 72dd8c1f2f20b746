import assert from "node:assert/strict";
import { MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";
import { codeOf } from "../support/agent_stage.ts";

/** Resolves after so long, by the given clock. */
function sleep(clock: VirtualClock, delayMs: number): Promise<void> {
  return new Promise((resolve) => clock.schedule(delayMs, resolve));
}

Deno.test("R2 a responder whose lease has ended does not answer for the one that has the request now", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({
    clock,
    delivery: { ackTimeoutMs: 100, retry: () => 0 },
  });
  bus.agent("b").respond(async ({ attempt }) => {
    await sleep(clock, attempt === 1 ? 120 : 50);
    return attempt;
  });
  const asked = bus.agent("a").request("b", 1, { requiresAck: true });
  await clock.advance(200);
  assert.equal((await asked).payload, 2);
  assert.equal(bus.stats().lateReplies, 1);
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

Deno.test("S5 a message that several ways lead to a mailbox takes one of them", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  bus.router.addRule({
    id: "f",
    priority: 50,
    action: { kind: "forward", recipient: "b" },
  });
  bus.router.addRule({
    id: "r",
    priority: 50,
    action: { kind: "republish", topic: "t.x" },
  });
  const direct: unknown[] = [];
  const published: unknown[] = [];
  const b = bus.agent("b");
  b.receive(({ payload }) => void direct.push(payload));
  await b.subscribe("t.*", ({ payload }) => void published.push(payload));
  const a = bus.agent("a");
  await a.send("b", 1);
  await a.publish("t.y", 2);
  await clock.advance(0);
  assert.deepEqual(direct, [1, 2]);
  assert.deepEqual(published, [1, 2]);
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
