import assert from "node:assert/strict";
import { type BusEvent, MessageBus } from "../../mod.ts";
import type { MessageBusOptions } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";

/** A bus, and everything it tells from its beginning on. */
function watched(options: MessageBusOptions = {}) {
  const clock = new VirtualClock();
  const bus = new MessageBus({ clock, ...options });
  const events: BusEvent[] = [];
  const done = (async () => {
    for await (const event of bus.events()) events.push(event);
  })();
  /** What was told of the given types, without the time. */
  const told = (...types: BusEvent["type"][]) =>
    events.filter(({ type }) => types.includes(type))
      .map(({ at: _, ...event }) => event);
  return { bus, clock, events, told, done };
}

Deno.test("MessageBus.events() tells of a message from accept to its end", async () => {
  const { bus, clock, told, done } = watched({ delivery: { retry: () => 0 } });
  let isBroken = true;
  bus.agent("b").receive(() => {
    if (!isBroken) return;
    isBroken = false;
    throw new Error("no");
  });
  const messageId = await bus.agent("a").send("b", 1, { requiresAck: true });
  await clock.advance(0);
  const [accepted] = told("message_accepted");
  assert.ok(accepted?.type === "message_accepted");
  assert.deepEqual(accepted.mailboxes, ["direct b"]);
  assert.equal(accepted.bytes, 1);
  const about = { messageId, mailbox: "direct b", agent: "b" };
  const types = [
    "delivery_started",
    "delivery_ended",
    "delivery_requeued",
  ] as const;
  assert.deepEqual(told(...types), [
    { type: "delivery_started", ...about, attempt: 1 },
    {
      type: "delivery_ended",
      ...about,
      attempt: 1,
      outcome: "nacked",
      error: "no",
    },
    {
      type: "delivery_requeued",
      messageId,
      mailbox: "direct b",
      delayMs: 0,
    },
    { type: "delivery_started", ...about, attempt: 2 },
    {
      type: "delivery_ended",
      ...about,
      attempt: 2,
      outcome: "acked",
      error: undefined,
    },
  ]);
  await bus.close();
  await done;
});

Deno.test("MessageBus.events() tells how each delivery ended", async () => {
  const { bus, clock, told, done } = watched({
    delivery: { ackTimeoutMs: 10, maxAttempts: 1 },
  });
  bus.agent("rejects").receive((_, delivery) => delivery.reject("no"));
  bus.agent("stalls").receive(() => new Promise(() => {}));
  const leaves = bus.agent("leaves");
  leaves.receive(() => new Promise(() => {}), { ackTimeoutMs: 1_000 });
  const a = bus.agent("a");
  for (const name of ["rejects", "stalls", "leaves"]) {
    await a.send(name, 1, { requiresAck: true });
  }
  await clock.advance(10);
  await leaves.close();
  await clock.advance(0);
  const ends = told("delivery_ended").map((event) =>
    event.type === "delivery_ended" && [event.agent, event.outcome, event.error]
  );
  assert.deepEqual(ends, [
    ["rejects", "rejected", "no"],
    [
      "stalls",
      "lease_ended",
      "not acknowledged within 10 ms: ack() ends a delivery, extend() gives it more time",
    ],
    ["leaves", "returned", undefined],
  ]);
  await bus.close();
  await done;
});

Deno.test("MessageBus.events() tells of agents and subscriptions that come and go", async () => {
  const { bus, clock, told, done } = watched();
  const one = bus.agent("b");
  const other = bus.agent("b");
  const subscription = await one.subscribe("t.*", () => {}, { queue: "q" });
  await subscription.close();
  await other.close();
  await one.close();
  await clock.advance(0);
  assert.deepEqual(told("agent_joined", "agent_left"), [
    { type: "agent_joined", agent: "b", instances: 1 },
    { type: "agent_joined", agent: "b", instances: 2 },
    { type: "agent_left", agent: "b", instances: 1 },
    { type: "agent_left", agent: "b", instances: 0 },
  ]);
  const about = {
    agent: "b",
    mailbox: "queue q t.*",
    pattern: "t.*",
    queue: "q",
  };
  assert.deepEqual(told("subscribed", "unsubscribed"), [
    { type: "subscribed", ...about },
    { type: "unsubscribed", ...about },
  ]);
  await bus.close();
  await done;
});

Deno.test("MessageBus.events() tells of drops, letters, rules, and the end", async () => {
  const { bus, clock, told, done } = watched();
  const a = bus.agent("a");
  const dropped = await a.publish("t", 1);
  const lost = await a.send("nobody", 1);
  const [letter] = bus.deadLetters;
  bus.deadLetters.clear();
  bus.router.addRule({ id: "r", priority: 1, action: { kind: "drop" } });
  bus.router.setEnabled("r", false);
  bus.router.removeRule("r");
  await clock.advance(0);
  await bus.close();
  await done;
  assert.deepEqual(told("message_dropped"), [
    { type: "message_dropped", messageId: dropped, reason: "no_subscriber" },
  ]);
  const about = { id: letter?.id, messageId: lost };
  assert.deepEqual(told("dead_letter_added", "dead_letter_removed"), [
    {
      type: "dead_letter_added",
      ...about,
      reason: "no_recipient",
      agent: "nobody",
    },
    { type: "dead_letter_removed", ...about, cause: "discarded" },
  ]);
  assert.equal(told("rules_changed").length, 3);
  assert.deepEqual(told("closed"), [{ type: "closed" }]);
});

Deno.test("MessageBus.events() tells when senders wait, and when they need not any more", async () => {
  const { bus, clock, told, done } = watched({
    backpressure: { maxPending: 2, waitMs: 50 },
  });
  const b = bus.agent("b");
  const a = bus.agent("a");
  const sends = [1, 2, 3].map((n) => a.send("b", n));
  await clock.advance(50);
  assert.deepEqual(told("backpressure"), [
    { type: "backpressure", saturated: true, pending: 2, waiting: 1 },
  ]);
  b.receive(() => {});
  await Promise.all(sends);
  await clock.advance(0);
  assert.equal(told("backpressure").length, 2);
  const last = told("backpressure").at(-1);
  assert.equal(last?.type === "backpressure" && last.saturated, false);
  await bus.close();
  await done;
});

Deno.test("MessageBus.events() takes a slow reader the oldest, and counts them", async () => {
  const clock = new VirtualClock();
  const bus = new MessageBus({ clock });
  const slow = bus.events();
  const a = bus.agent("a");
  // Each is two events: accepted, and dropped.
  for (let index = 0; index < 600; index++) await a.publish("t", index);
  assert.equal(bus.lostEvents, 201);
  await bus.close();
  const seen: BusEvent[] = [];
  for await (const event of slow) seen.push(event);
  assert.equal(seen.length, 1_000);
  assert.equal(seen.at(-1)?.type, "closed");
  assert.equal(bus.lostEvents, 203);
});

Deno.test("MessageBus.events() ends with its signal, and stamps by the wall clock", async () => {
  const clock = new VirtualClock({ nowMs: 77 });
  await using bus = new MessageBus({ clock });
  const abort = new AbortController();
  const seen: BusEvent[] = [];
  const reading = (async () => {
    for await (const event of bus.events({ signal: abort.signal })) {
      seen.push(event);
    }
  })();
  bus.agent("a");
  abort.abort();
  await reading;
  bus.agent("b");
  assert.deepEqual(seen, [
    { type: "agent_joined", agent: "a", instances: 1, at: 77 },
  ]);
});

Deno.test("L5 MessageBus.events() goes on for others, and so do messages, when one who reads them throws", async () => {
  const { bus, clock, told, done } = watched();
  const failing = assert.rejects(async () => {
    for await (const { type } of bus.events()) throw new Error(type);
  }, /^Error: agent_joined$/);
  bus.agent("b").receive(() => {});
  const a = bus.agent("a");
  await failing;
  await a.send("b", 1, { requiresAck: true });
  await clock.advance(0);
  assert.equal(bus.stats().totalAcked, 1);
  await bus.close();
  await done;
  assert.equal(told("agent_joined").length, 2);
  assert.equal(told("message_accepted").length, 1);
  assert.equal(told("delivery_ended").length, 1);
});
