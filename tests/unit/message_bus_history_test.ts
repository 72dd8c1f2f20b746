import assert from "node:assert/strict";
import { MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";

Deno.test("MessageBus.history() tells of each delivery what became of it, and when", async () => {
  const clock = new VirtualClock({ nowMs: 1_000 });
  await using bus = new MessageBus({ clock, delivery: { retry: () => 20 } });
  let isBroken = true;
  bus.agent("b").receive(async () => {
    if (!isBroken) return;
    isBroken = false;
    await new Promise<void>((resolve) => clock.schedule(5, resolve));
    throw new Error("broken");
  });
  const id = await bus.agent("a").send("b", 1, { requiresAck: true });
  assert.equal(bus.message(id)?.outcome, "pending");
  await clock.advance(0);
  assert.deepEqual(bus.message(id)?.deliveries, [
    { agent: "b", attempt: 1, startedAt: 1_000 },
  ]);
  await clock.advance(100);
  assert.equal(bus.message(id)?.outcome, "acked");
  assert.deepEqual(bus.message(id)?.deliveries, [
    {
      agent: "b",
      attempt: 1,
      startedAt: 1_000,
      endedAt: 1_005,
      outcome: "nacked",
      error: "broken",
    },
    {
      agent: "b",
      attempt: 2,
      startedAt: 1_025,
      endedAt: 1_025,
      outcome: "acked",
    },
  ]);
});

Deno.test("MessageBus.history() tells the outcome of each way a message may end", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, delivery: { maxAttempts: 1 } });
  bus.agent("ok").receive(() => {});
  bus.agent("bad").receive(() => {
    throw new Error("no");
  });
  bus.agent("idle");
  const a = bus.agent("a");
  const outcomes: [string, string][] = [
    [await a.send("ok", 1), "delivered"],
    [await a.send("ok", 1, { requiresAck: true }), "acked"],
    [await a.send("bad", 1), "dead"],
    [await a.send("bad", 1, { requiresAck: true }), "dead"],
    [await a.send("nobody", 1), "dead"],
    [await a.send("idle", 1, { ttlMs: 5 }), "expired"],
    [await a.send("idle", 1), "pending"],
    [await a.publish("t", 1), "dropped"],
    [await a.publish("t", 1, { requiresAck: true }), "dead"],
  ];
  await clock.advance(5);
  for (const [id, outcome] of outcomes) {
    assert.equal(bus.message(id)?.outcome, outcome);
  }
  assert.deepEqual(
    bus.history().map(({ message }) => message.id),
    outcomes.map(([id]) => id).reverse(),
  );
  assert.equal(bus.history({ outcome: "dead" }).length, 4);
  assert.equal(bus.message("none"), undefined);
});

Deno.test("MessageBus.history() tells the worst of a message's copies", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  await bus.agent("ok").subscribe("t", () => {});
  await bus.agent("bad").subscribe("t", (_, delivery) => delivery.reject("no"));
  const id = await bus.agent("a").publish("t", 1, { requiresAck: true });
  await clock.advance(0);
  const entry = bus.message(id);
  assert.equal(entry?.outcome, "dead");
  assert.deepEqual(
    entry?.deliveries.map((
      { agent, outcome, error },
    ) => [agent, outcome, error]),
    [["ok", "acked", undefined], ["bad", "rejected", "no"]],
  );
});

Deno.test("MessageBus.history() holds a conversation: requests, replies, and what belongs to them", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  bus.agent("b").respond(() => "yes");
  const a = bus.agent("a");
  await a.send("b", "aside");
  const reply = await a.request("b", "really?");
  const { correlationId } = reply;
  await a.send("b", "thanks", { correlationId });
  const found = bus.history({ correlationId }).reverse();
  assert.deepEqual(
    found.map(({ message }) => [message.type, message.sender, message.payload]),
    [
      ["request", "a", "really?"],
      ["response", "b", "yes"],
      ["direct", "a", "thanks"],
    ],
  );
  assert.equal(found[0]?.message.requestId, reply.requestId);
  assert.deepEqual(
    bus.history({ type: "response" }).map(({ outcome }) => outcome),
    ["delivered"],
  );
});

Deno.test("MessageBus.history() narrows by topic, agent, and number", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  await bus.agent("b").subscribe("t.*", () => {});
  const a = bus.agent("a");
  const first = await a.publish("t.x", 1);
  const second = await a.publish("t.y", 1);
  const third = await bus.agent("c").send("a", 1);
  await clock.advance(0);
  const find = (query: Parameters<MessageBus["history"]>[0]) =>
    bus.history(query).map(({ message }) => message.id);
  assert.deepEqual(find({ topic: "t.x" }), [first]);
  assert.deepEqual(find({ agent: "b" }), [second, first]);
  assert.deepEqual(find({ agent: "c" }), [third]);
  assert.deepEqual(find({ limit: 2 }), [third, second]);
});

Deno.test("MessageBus.history() holds so many and no more, and none where it is off", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, history: { maxEntries: 3 } });
  await using silent = new MessageBus({ clock, history: false });
  bus.agent("b");
  silent.agent("b");
  const a = bus.agent("a");
  const ids: string[] = [];
  for (let index = 0; index < 5; index++) ids.push(await a.send("b", index));
  assert.deepEqual(
    bus.history().map(({ message }) => message.id),
    ids.slice(2).reverse(),
  );
  assert.equal(bus.message(ids[0] ?? ""), undefined);
  const id = await silent.agent("a").send("b", 1);
  assert.deepEqual(silent.history(), []);
  assert.equal(silent.message(id), undefined);
});

Deno.test("MessageBus.history() remembers nothing of a send that was refused", async () => {
  await using bus = new MessageBus({
    backpressure: { maxPending: 1, timeoutMs: 0 },
  });
  bus.agent("b");
  const a = bus.agent("a");
  await a.send("b", 1);
  await assert.rejects(a.send("b", 2));
  await assert.rejects(a.send("b", 3, { ttlMs: 0 }));
  assert.equal(bus.history().length, 1);
});

Deno.test("MessageBus.history() tells of messages that wait in a crowd what it tells of others", async () => {
  const clock = new VirtualClock({ nowMs: 1_000 });
  await using bus = new MessageBus({ clock, history: { maxEntries: 3 } });
  bus.agent("b");
  const a = bus.agent("a");
  const ids: string[] = [];
  for (let index = 0; index < 8; index++) ids.push(await a.send("b", index));
  assert.deepEqual(
    bus.history().map(({ message, outcome }) => [message.id, outcome]),
    ids.slice(-3).reverse().map((id) => [id, "pending"]),
  );
  const [first = "", last = ""] = [ids[0], ids[7]];
  assert.equal(bus.message(first), undefined);
  assert.deepEqual(bus.message(last)?.deliveries, []);
  await clock.advance(10);
  bus.agent("b").receive(({ payload }) => {
    if (payload === 0 || payload === 6) throw new Error("no");
  });
  await clock.advance(0);
  assert.deepEqual(bus.message(last), {
    message: bus.message(last)?.message,
    outcome: "delivered",
    deliveries: [
      {
        agent: "b",
        attempt: 1,
        startedAt: 1_010,
        endedAt: 1_010,
        outcome: "acked",
      },
    ],
    rules: [],
  });
  assert.deepEqual(
    bus.history().map(({ outcome }) => outcome),
    ["delivered", "dead", "delivered"],
  );
  const letterOf = (id: string) =>
    bus.deadLetters.entries().find(({ message }) => message.id === id)?.id;
  const historyOf = () => bus.history().map(({ message }) => message.payload);
  await bus.deadLetters.replay(letterOf(ids[6] ?? "") ?? "");
  assert.deepEqual(historyOf(), [7, 6, 5]);
  // What the history has forgotten is not counted anew when it comes back.
  await bus.deadLetters.replay(letterOf(first) ?? "");
  await clock.advance(0);
  assert.deepEqual(historyOf(), [0, 7, 6]);
  assert.equal(bus.message(first)?.outcome, "dead");
  assert.deepEqual([bus.stats().totalSent, bus.stats().totalMessages], [8, 8]);
});

Deno.test("MessageBus.history() tells of a dead letter that is sent again after many others what became of it each time", async () => {
  const clock = new VirtualClock({ nowMs: 1_000 });
  await using bus = new MessageBus({ clock, history: { maxEntries: 2 } });
  let isBroken = true;
  bus.agent("b").receive(() => {
    if (isBroken) throw new Error("broken");
  });
  const boss = bus.agent("a");
  const failed = await boss.send("b", "failed");
  const missed = await boss.send("c", "missed", { requiresAck: true });
  await clock.advance(1);
  isBroken = false;
  bus.agent("c").receive(() => {});
  for (let n = 0; n < 9; n++) {
    await boss.send("b", n);
    await clock.advance(1);
  }
  await bus.deadLetters.replay(failed);
  await bus.deadLetters.replay(missed);
  await clock.advance(1);
  assert.deepEqual(
    bus.history().map(({ message: { payload }, deliveries, outcome }) => ({
      ...{ payload, outcome },
      deliveries: deliveries.map(({ agent, outcome }) => `${agent} ${outcome}`),
    })),
    [
      { payload: "missed", outcome: "acked", deliveries: ["c acked"] },
      {
        ...{ payload: "failed", outcome: "delivered" },
        deliveries: ["b nacked", "b acked"],
      },
    ],
  );
});
