import assert from "node:assert/strict";
import { BusError, type Message, MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";

function isCode(code: string) {
  return (error: unknown) => error instanceof BusError && error.code === code;
}

/** The one letter there is. */
function onlyLetter(bus: MessageBus) {
  const [letter, ...others] = bus.deadLetters;
  assert.ok(letter && others.length === 0);
  return letter;
}

Deno.test("MessageBus.deadLetters keeps why, for whom, how often and with what error", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({
    clock,
    delivery: { maxAttempts: 3, retry: () => 10 },
  });
  bus.agent("b").receive(() => {
    throw new Error("bad day");
  });
  const id = await bus.agent("a").send("b", { n: 1 }, { requiresAck: true });
  await clock.advance(100);
  const { message, ...letter } = onlyLetter(bus);
  assert.equal(message.id, id);
  assert.deepEqual(message.payload, { n: 1 });
  assert.equal(letter.reason, "handler_failed");
  assert.equal(letter.detail, "bad day");
  assert.equal(letter.attempts, 3);
  assert.equal(letter.agent, "b");
  assert.equal(letter.failedAt, clock.now() - 80);
  assert.equal(bus.stats().totalFailed, 1);
});

Deno.test("MessageBus.deadLetters has one letter for each way to fail", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, maxMessageBytes: 100 });
  const a = bus.agent("a");
  bus.agent("b").receive((_, delivery) => delivery.reject("never"));
  bus.agent("c");
  bus.agent("d").receive(() => {
    throw new BusError("rejected", "not mine");
  });
  await assert.rejects(a.send("b", "x".repeat(101)), isCode("too_large"));
  await assert.rejects(a.send("b", 1, { ttlMs: 0 }), isCode("expired"));
  await a.send("c", 1, { ttlMs: 5 });
  await a.send("b", 1);
  await a.send("d", 1, { requiresAck: true });
  await a.send("nobody", 1);
  await a.publish("nothing", 1, { requiresAck: true });
  await a.publish("nothing", 1);
  await clock.advance(5);
  const found = bus.deadLetters.entries()
    .map(({ reason, agent, detail }) => `${reason} ${agent}: ${detail}`)
    .sort();
  const beginnings = [
    "expired b: Cannot send message as its time to live has ended: 0 ms",
    "expired c: its 5 ms have ended",
    'no_recipient nobody: nobody serves "nobody"; served are "a", "b"',
    "no_subscriber undefined: undefined",
    "rejected b: never",
    "rejected d: not mine",
    "too_large b: Cannot send message as its payload must be at most 100",
  ];
  assert.equal(found.length, beginnings.length);
  for (const [index, beginning] of beginnings.entries()) {
    assert.ok(found[index]?.startsWith(beginning), `${found[index]}`);
  }
});

Deno.test("MessageBus.deadLetters keeps the beginning of what was too large, and does not replay it", async () => {
  await using bus = new MessageBus({ maxMessageBytes: 10_000 });
  bus.agent("b");
  const a = bus.agent("a");
  await assert.rejects(a.send("b", "x".repeat(20_000)), isCode("too_large"));
  const letter = onlyLetter(bus);
  assert.equal((letter.message.payload as string).length, 4_096);
  await assert.rejects(bus.deadLetters.replay(letter.id), isCode("too_large"));
  assert.equal(bus.deadLetters.size, 1);
  await assert.rejects(a.send("b", new Uint8Array(20_000)));
  const [binary] = bus.deadLetters.entries();
  assert.equal((binary?.message.payload as Uint8Array).byteLength, 4_096);
});

Deno.test("MessageBus.deadLetters.replay() keeps the id and starts the attempts anew", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({
    clock,
    delivery: { maxAttempts: 2, retry: () => 0 },
  });
  const starts: [string, number][] = [];
  let isBroken = true;
  bus.agent("b").receive((message) => {
    starts.push([message.id, message.attempt]);
    if (isBroken) throw new Error("broken");
  });
  const id = await bus.agent("a").send("b", 1, { requiresAck: true });
  await clock.advance(0);
  const letter = onlyLetter(bus);
  assert.equal(await bus.deadLetters.replay(letter.id), id);
  await clock.advance(0);
  const again = onlyLetter(bus);
  assert.equal(again.id, id);
  assert.equal(again.attempts, 2);
  isBroken = false;
  await bus.deadLetters.replay(again.id);
  await clock.advance(0);
  assert.deepEqual(starts, [[id, 1], [id, 2], [id, 1], [id, 2], [id, 1]]);
  assert.equal(bus.deadLetters.size, 0);
  assert.equal(bus.message(id)?.outcome, "acked");
  const { totalMessages, totalSent, totalDelivered, totalRedelivered } = bus
    .stats();
  assert.deepEqual(
    [totalMessages, totalSent, totalDelivered, totalRedelivered],
    [1, 1, 3, 2],
  );
});

Deno.test("MessageBus.deadLetters.replay() sends to the one mailbox that failed, not to all", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const seen: string[] = [];
  let isBroken = true;
  await bus.agent("good").subscribe("t", () => void seen.push("good"));
  await bus.agent("bad").subscribe("t", () => {
    if (isBroken) throw new Error("broken");
    seen.push("bad");
  });
  await bus.agent("a").publish("t", 1);
  await clock.advance(0);
  isBroken = false;
  await bus.deadLetters.replay(onlyLetter(bus).id);
  await clock.advance(0);
  assert.deepEqual(seen, ["good", "bad"]);
});

Deno.test("MessageBus.deadLetters.replay() reaches an agent that has joined since", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const id = await bus.agent("a").send("late", "hi", { requiresAck: true });
  assert.equal(bus.message(id)?.outcome, "dead");
  const seen: Message[] = [];
  bus.agent("late").receive((message) => void seen.push(message));
  assert.equal(await bus.deadLetters.replayAll({ agent: "late" }), 1);
  await clock.advance(0);
  assert.deepEqual(seen.map((one) => [one.id, one.payload, one.attempt]), [
    [id, "hi", 1],
  ]);
  assert.equal(bus.message(id)?.outcome, "acked");
  assert.equal(bus.deadLetters.size, 0);
});

Deno.test("MessageBus.deadLetters.replay() keeps a letter whose agent has left, and finds it when it is back", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const b = bus.agent("b");
  await bus.agent("a").send("b", 1, { requiresAck: true });
  await b.close();
  const letter = onlyLetter(bus);
  assert.equal(letter.reason, "undeliverable");
  await assert.rejects(
    bus.deadLetters.replay(letter.id),
    isCode("no_recipient"),
  );
  assert.equal(bus.deadLetters.size, 1);
  let count = 0;
  bus.agent("b").receive(() => void count++);
  await bus.deadLetters.replay(letter.id);
  await clock.advance(0);
  assert.equal(count, 1);
});

Deno.test("MessageBus.deadLetters.replayAll() goes on after one that the bus does not take", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const a = bus.agent("a");
  for (const name of ["x", "y"]) {
    const gone = bus.agent(name);
    await a.send(name, name, { requiresAck: true });
    await gone.close();
  }
  bus.agent("y").receive(() => {});
  assert.equal(await bus.deadLetters.replayAll(), 1);
  await clock.advance(0);
  assert.deepEqual([...bus.deadLetters].map(({ agent }) => agent), ["x"]);
  assert.equal(
    bus.deadLetters.discard([...bus.deadLetters][0]?.id ?? ""),
    true,
  );
  assert.equal(bus.deadLetters.clear(), 0);
});

Deno.test("MessageBus.deadLetters pushes out the oldest, counts it, and tells of it", async () => {
  await using bus = new MessageBus({ deadLetters: { maxEntries: 2 } });
  const events = bus.events()[Symbol.asyncIterator]();
  const a = bus.agent("a");
  const ids: string[] = [];
  for (let index = 0; index < 4; index++) ids.push(await a.send("x", index));
  assert.deepEqual(
    [...bus.deadLetters].map(({ message }) => message.id),
    ids.slice(2),
  );
  assert.equal(bus.deadLetters.evicted, 2);
  assert.equal(bus.stats().deadLetters, 2);
  assert.equal(bus.stats().totalFailed, 4);
  const evicted: string[] = [];
  while (evicted.length < 2) {
    const { value } = await events.next();
    if (value?.type !== "dead_letter_removed") continue;
    assert.equal(value.cause, "evicted");
    evicted.push(value.messageId);
  }
  assert.deepEqual(evicted, ids.slice(0, 2));
});

Deno.test("MessageBus with whenFull stop makes senders wait, refuses them in time, and lets them in on a discard", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({
    clock,
    deadLetters: { maxEntries: 1, whenFull: "stop" },
    backpressure: { timeoutMs: 1_000 },
  });
  bus.agent("b");
  const a = bus.agent("a");
  await a.send("nobody", 1);
  const refused = assert.rejects(
    a.send("b", 2),
    isCode("backpressure_timeout"),
  );
  assert.equal(bus.backpressure.waiting, 1);
  await clock.advance(1_000);
  await refused;
  assert.equal(bus.agents()[0]?.mailboxDepth, 0);
  const waiting = a.send("b", 3);
  await clock.advance(500);
  assert.equal(bus.deadLetters.clear(), 1);
  await waiting;
  assert.equal(bus.agents()[0]?.mailboxDepth, 1);
  assert.equal(bus.deadLetters.evicted, 0);
});

Deno.test("MessageBus.deadLetters gives a replayed message its time to live anew", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const b = bus.agent("b");
  await bus.agent("a").send("b", 1, { ttlMs: 100 });
  await clock.advance(100);
  await bus.deadLetters.replay(onlyLetter(bus).id);
  await clock.advance(99);
  let count = 0;
  b.receive(() => void count++);
  await clock.advance(0);
  assert.equal(count, 1);
  assert.equal(bus.deadLetters.size, 0);
});

Deno.test("MessageBus with whenFull stop still takes what is replayed, as that makes room", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({
    clock,
    deadLetters: { maxEntries: 1, whenFull: "stop" },
  });
  await bus.agent("a").send("late", 1);
  let count = 0;
  bus.agent("late").receive(() => void count++);
  await bus.deadLetters.replay(onlyLetter(bus).id);
  await clock.advance(0);
  assert.equal(count, 1);
  assert.equal(bus.deadLetters.size, 0);
});

Deno.test("L1 a request that is replayed and answered in many pieces, which nobody reads, comes to its end", async () => {
  await using bus = new MessageBus();
  const asker = bus.agent("asker");
  const answerer = bus.agent("answerer");
  let isSure = false;
  answerer.respond(async function* () {
    if (!isSure) throw new BusError("rejected", "not yet");
    for (let piece = 0; piece < 500; piece++) yield piece;
  });
  await assert.rejects(asker.request("answerer", "all"), { code: "rejected" });
  const [letter] = bus.deadLetters;
  isSure = true;
  await bus.deadLetters.replay(letter?.id ?? "");
  await bus.drain({ timeoutMs: 5_000 });
  assert.equal(bus.backpressure.pending, 0);
});
