import assert from "node:assert/strict";
import {
  type Agent,
  MessageBus,
  type RetryPolicy,
  type RoutingRule,
} from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";
import { codeOf } from "../support/agent_stage.ts";

const BAD_POLICIES: Record<string, RetryPolicy> = {
  "throws": () => {
    throw new Error("no policy");
  },
  "answers NaN": () => NaN,
};

for (const [what, retry] of Object.entries(BAD_POLICIES)) {
  Deno.test(`MessageBus gives a message up when the bus's retry policy ${what}`, async () => {
    const clock = new VirtualClock();
    await using bus = new MessageBus({ clock, delivery: { retry } });
    bus.agent("b").receive(fail);
    await checkGivenUp(bus, clock);
  });

  Deno.test(`MessageBus gives a message up when a subscription's retry policy ${what}`, async () => {
    const clock = new VirtualClock();
    await using bus = new MessageBus({ clock });
    bus.agent("b").receive(fail, { retry });
    await checkGivenUp(bus, clock);
  });
}

Deno.test("MessageBus releases a request once when its responder throws", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  bus.agent("b").respond(fail);
  await checkReleasedOnce(bus, bus.agent("a"));
});

Deno.test("MessageBus releases a request once when its reply is too large", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, maxMessageBytes: 100 });
  bus.agent("b").respond(() => "y".repeat(500));
  await checkReleasedOnce(bus, bus.agent("a"));
});

Deno.test("MessageBus takes a letter back though dead letters are full and stop all else", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({
    clock,
    deadLetters: { maxEntries: 1, whenFull: "stop" },
  });
  let isGood = false;
  bus.agent("b").receive((_, delivery) => {
    if (!isGood) delivery.reject("not now");
  });
  await bus.agent("a").send("b", 1, { requiresAck: true });
  await clock.advance(0);
  assert.equal(bus.deadLetters.full, true);
  isGood = true;
  const [letter] = bus.deadLetters;
  assert.ok(letter);
  const replayed = bus.deadLetters.replay(letter.id);
  await clock.advance(60_000);
  await replayed;
  assert.equal(bus.deadLetters.full, false);
  assert.equal(bus.stats().totalAcked, 1);
});

Deno.test("MessageBus.message() stays dead while one of two failed copies is replayed", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  let isGood = false;
  for (const name of ["b", "c"]) {
    await bus.agent(name).subscribe("t", (_, delivery) => {
      if (!isGood) delivery.reject("not now");
    });
  }
  const id = await bus.agent("a").publish("t", 1, { requiresAck: true });
  await clock.advance(0);
  isGood = true;
  for (const outcome of ["dead", "acked"]) {
    const [letter] = bus.deadLetters;
    assert.ok(letter);
    await bus.deadLetters.replay(letter.id);
    await clock.advance(0);
    assert.equal(bus.message(id)?.outcome, outcome);
  }
  assert.equal(bus.deadLetters.size, 0);
});

Deno.test("MessageBus passes a reserved place on when the rule it was kept for fails", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, mailbox: { maxMessages: 1 } });
  const rule = heldAt(bus, { sender: "a" });
  bus.agent("box", { durable: true });
  const first = codeOf(bus.agent("a").send("box", 1));
  await clock.advance(0);
  const second = bus.agent("c").send("box", 2);
  await clock.advance(0);
  assert.equal(bus.backpressure.waiting, 1);
  rule.reject(new Error("rule"));
  assert.equal(await first, "routing_failed");
  await clock.advance(30_000);
  await second;
  assert.equal(bus.backpressure.pending, 1);
});

Deno.test("MessageBus keeps a reserved place when another message is given back", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, mailbox: { maxMessages: 1 } });
  const rule = heldAt(bus, { topic: "slow" });
  const giveBack = Promise.withResolvers<void>();
  const seen: unknown[] = [];
  bus.agent("b").receive(async ({ payload, attempt }, delivery) => {
    seen.push(payload);
    if (payload !== 1 || attempt > 1) return;
    await giveBack.promise;
    delivery.nack({ delayMs: 200 });
  });
  const a = bus.agent("a");
  await a.send("b", 1, { requiresAck: true });
  await clock.advance(0);
  const second = a.send("b", 2, { topic: "slow", requiresAck: true });
  await clock.advance(0);
  giveBack.resolve();
  await clock.advance(0);
  rule.resolve();
  await clock.advance(200);
  await second;
  assert.deepEqual(seen, [1, 2, 1]);
  assert.equal(bus.deadLetters.size, 0);
});

Deno.test("MessageBus finds room for a message that a rule forwards to its own mailbox", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, mailbox: { maxMessages: 1 } });
  bus.router.addRule({
    id: "f",
    priority: 1,
    match: { recipient: "box" },
    action: { kind: "forward", recipient: "box" },
  });
  const box = bus.agent("box", { durable: true });
  await bus.agent("a").send("box", 1);
  assert.equal(bus.deadLetters.size, 0);
  const seen: unknown[] = [];
  box.receive(({ payload }) => void seen.push(payload));
  await clock.advance(0);
  assert.deepEqual(new Set(seen), new Set([1]));
  assert.equal(bus.backpressure.pending, 0);
});

function fail(): never {
  throw new Error("no");
}

async function checkGivenUp(
  bus: MessageBus,
  clock: VirtualClock,
): Promise<void> {
  const id = await bus.agent("a").send("b", 1, { requiresAck: true });
  await clock.advance(3_600_000);
  assert.equal(bus.backpressure.pending, 0);
  assert.equal(bus.message(id)?.outcome, "dead");
  const reasons = [...bus.deadLetters].map((letter) => letter.reason);
  assert.deepEqual(reasons, ["handler_failed"]);
}

/** Asks twice, beside a message that stays, which a release too many would take along. */
async function checkReleasedOnce(bus: MessageBus, asker: Agent): Promise<void> {
  bus.agent("box", { durable: true });
  await asker.send("box", "stays");
  const before = bus.backpressure.snapshot();
  for (let time = 0; time < 2; time++) {
    assert.equal(await codeOf(asker.request("b", time)), "remote");
  }
  const { pending, pendingBytes } = bus.backpressure.snapshot();
  assert.deepEqual([pending, pendingBytes], [1, before.pendingBytes]);
  assert.equal(bus.stats().totalDropped, 0);
  const outcomes = bus.history({ type: "request" }).map((one) => one.outcome);
  assert.deepEqual(outcomes, ["delivered", "delivered"]);
}

/** Has messages that match wait at a rule, until the test says how that ends. */
function heldAt(
  { router }: MessageBus,
  match: RoutingRule["match"],
): PromiseWithResolvers<void> {
  const rule = Promise.withResolvers<void>();
  router.registerHandler("h", () => rule.promise);
  router.addRule({ id: "r", priority: 1, match, handler: "h" });
  return rule;
}
