import assert from "node:assert/strict";
import { type Agent, BusError, type Message, MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";

/** Notes what an agent receives, or a subscription is handed. */
function note(agent: Agent): Message[] {
  const seen: Message[] = [];
  agent.receive((message) => void seen.push(message));
  return seen;
}

async function noteTopic(agent: Agent, pattern: string): Promise<Message[]> {
  const seen: Message[] = [];
  await agent.subscribe(pattern, (message) => void seen.push(message));
  return seen;
}

function isCode(code: string) {
  return (error: unknown) => error instanceof BusError && error.code === code;
}

Deno.test("MessageBus forwards a copy, and delivers the message as well", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  bus.router.addRule({
    id: "copy",
    priority: 1,
    match: { sender: "a" },
    action: { kind: "forward", recipient: "audit" },
  });
  const own = note(bus.agent("b"));
  const copies = note(bus.agent("audit"));
  const id = await bus.agent("a").send("b", "hi");
  await clock.advance(0);
  assert.deepEqual(own.map(({ recipient }) => recipient), ["b"]);
  assert.deepEqual(copies.map((one) => [one.id, one.recipient, one.sender]), [
    [id, "audit", "a"],
  ]);
  assert.equal(bus.stats().totalMessages, 1);
  assert.equal(bus.stats().totalDelivered, 2);
});

Deno.test("MessageBus leaves a dead letter for a forward that nobody is there for", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  bus.router.addRule({
    id: "copy",
    priority: 1,
    action: { kind: "forward", recipient: "audit" },
  });
  const own = note(bus.agent("b"));
  await bus.agent("a").send("b", 1);
  await clock.advance(0);
  assert.equal(own.length, 1);
  const [letter] = bus.deadLetters;
  assert.equal(letter?.reason, "no_recipient");
  assert.equal(letter?.agent, "audit");
  assert.match(letter?.detail ?? "", /nobody serves "audit"; served are "b"/);
});

Deno.test("MessageBus republishes a copy to the subscribers of another topic", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  bus.router.addRule({
    id: "mirror",
    priority: 1,
    match: { topic: "jobs.*" },
    action: { kind: "republish", topic: "mirror.jobs" },
  });
  const jobs = await noteTopic(bus.agent("b"), "jobs.>");
  const mirror = await noteTopic(bus.agent("c"), "mirror.>");
  await bus.agent("a").publish("jobs.build", 1);
  await bus.agent("a").send("b", 2, { topic: "jobs.test" });
  await clock.advance(0);
  assert.deepEqual(jobs.map(({ topic }) => topic), ["jobs.build"]);
  assert.deepEqual(mirror.map((one) => [one.topic, one.recipient]), [
    ["mirror.jobs", undefined],
    ["mirror.jobs", undefined],
  ]);
});

Deno.test("MessageBus lets a rule set the priority that queues go by", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  bus.router.addRule({
    id: "urgent",
    priority: 1,
    match: { topic: "alarm.>" },
    action: { kind: "set-priority", priority: 90 },
  });
  const b = bus.agent("b");
  const a = bus.agent("a");
  await a.send("b", "plain");
  await a.send("b", "alarm", { topic: "alarm.fire", priority: 3 });
  const seen = note(b);
  await clock.advance(0);
  assert.deepEqual(seen.map(({ payload, priority }) => [payload, priority]), [
    ["alarm", 90],
    ["plain", 50],
  ]);
});

Deno.test("MessageBus drops by a rule with a count, and no letter", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  bus.router.addRule({ id: "no", priority: 1, action: { kind: "drop" } });
  const seen = note(bus.agent("b"));
  const id = await bus.agent("a").send("b", 1, { requiresAck: true });
  await clock.advance(0);
  assert.deepEqual(seen, []);
  assert.equal(bus.stats().totalDropped, 1);
  assert.equal(bus.deadLetters.size, 0);
  assert.equal(bus.message(id)?.outcome, "dropped");
  assert.deepEqual(bus.message(id)?.rules, ["no"]);
  await assert.rejects(bus.agent("c").request("b", 1), isCode("rejected"));
  assert.equal(bus.requests.size, 0);
});

Deno.test("MessageBus dead-letters by a rule, with the rule's reason", async () => {
  await using bus = new MessageBus();
  bus.router.addRule({
    id: "wall",
    priority: 1,
    action: { kind: "dead-letter", reason: "not on Sundays" },
  });
  bus.agent("b");
  await bus.agent("a").send("b", 1);
  const [letter] = bus.deadLetters;
  assert.equal(letter?.reason, "rule");
  assert.equal(letter?.detail, 'rule "wall": not on Sundays');
  assert.equal(letter?.agent, "b");
  assert.equal(bus.stats().totalFailed, 1);
});

Deno.test("MessageBus looks at rules by priority, then in the order they were added, up to a final one", async () => {
  await using bus = new MessageBus();
  const ran: string[] = [];
  for (const name of ["low", "first", "second", "last", "off"]) {
    bus.router.registerHandler(name, () => void ran.push(name));
  }
  const rule = (id: string, priority: number) => ({
    id,
    priority,
    handler: id,
  });
  bus.router.addRule({ ...rule("low", 1) });
  bus.router.addRule({ ...rule("first", 9) });
  bus.router.addRule({ ...rule("second", 9) });
  bus.router.addRule({ ...rule("off", 8), enabled: false });
  bus.router.addRule({ ...rule("last", 5), final: true });
  bus.agent("b");
  const id = await bus.agent("a").send("b", 1);
  assert.deepEqual(ran, ["first", "second", "last"]);
  assert.deepEqual(bus.message(id)?.rules, ["first", "second", "last"]);
  assert.deepEqual(
    bus.router.rules().map((one) => [one.id, one.matches]),
    [["first", 1], ["second", 1], ["off", 0], ["last", 1], ["low", 0]],
  );
});

Deno.test("MessageBus dead-letters what a rule's handler throws on, rejects the send, and runs the later handlers", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const ran: string[] = [];
  bus.router.registerHandler("bad", () => {
    throw new Error("out of order");
  });
  bus.router.registerHandler("good", () => void ran.push("good"));
  bus.router.addRule({ id: "r1", priority: 2, handler: "bad" });
  bus.router.addRule({ id: "r2", priority: 1, handler: "good" });
  const seen = note(bus.agent("b"));
  const a = bus.agent("a");
  await assert.rejects(a.send("b", 1, { requiresAck: true }), (error) => {
    assert.ok(isCode("routing_failed")(error));
    assert.match(String(error), /rule "r1": out of order/);
    return true;
  });
  await clock.advance(0);
  assert.deepEqual(ran, ["good"]);
  assert.deepEqual(seen, []);
  const [letter] = bus.deadLetters;
  assert.equal(letter?.reason, "routing_failed");
  assert.equal(letter?.detail, 'rule "r1": out of order');
  const stats = bus.stats();
  assert.equal(stats.totalFailed, 1);
  assert.equal(stats.totalRefused, 1);
  assert.equal(stats.totalMessages, 0);
  assert.equal(stats.pendingMessages, 0);
  bus.router.removeRule("r1");
  await a.send("b", 2);
  await clock.advance(0);
  assert.equal(seen.length, 1);
});

Deno.test("MessageBus fails a request whose rule's handler throws", async () => {
  await using bus = new MessageBus();
  bus.router.registerHandler("bad", () => Promise.reject(new Error("no")));
  bus.router.addRule({ id: "r", priority: 1, handler: "bad" });
  bus.agent("b").respond(() => assert.fail("was not let in"));
  await assert.rejects(
    bus.agent("a").request("b", 1),
    isCode("routing_failed"),
  );
  assert.equal(bus.requests.size, 0);
  assert.equal(bus.backpressure.pending, 0);
});

Deno.test("MessageBus keeps one sender's order while handlers take their time, and no other's", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const waits = new Map<unknown, PromiseWithResolvers<void>>();
  bus.router.registerHandler("slow", (message) => {
    const wait = Promise.withResolvers<void>();
    waits.set(message.payload, wait);
    return wait.promise;
  });
  bus.router.addRule({
    id: "slow",
    priority: 1,
    match: { topic: "slow" },
    handler: "slow",
  });
  const seen = note(bus.agent("b"));
  const a = bus.agent("a");
  const sends = [
    a.send("b", "a1", { topic: "slow" }),
    a.send("b", "a2"),
    a.send("b", "a3", { topic: "slow" }),
  ];
  await bus.agent("x").send("b", "x1");
  await clock.advance(0);
  assert.deepEqual(seen.map(({ payload }) => payload), ["x1"]);
  assert.equal(bus.backpressure.pending, 3);
  assert.equal(waits.has("a3"), false, "one after the other");
  waits.get("a1")?.resolve();
  await clock.advance(0);
  assert.deepEqual(seen.map(({ payload }) => payload), ["x1", "a1", "a2"]);
  waits.get("a3")?.resolve();
  await Promise.all(sends);
  await clock.advance(0);
  assert.equal(seen.at(-1)?.payload, "a3");
  assert.equal(bus.backpressure.pending, 0);
});

Deno.test("MessageBus keeps a place in the mailbox for a message whose rules still run", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({
    clock,
    mailbox: { maxMessages: 1, overflow: "reject" },
  });
  const wait = Promise.withResolvers<void>();
  bus.router.registerHandler("slow", () => wait.promise);
  bus.router.addRule({
    id: "slow",
    priority: 1,
    match: { sender: "a" },
    handler: "slow",
  });
  bus.agent("b");
  const first = bus.agent("a").send("b", 1);
  await assert.rejects(bus.agent("x").send("b", 2), isCode("overflow"));
  wait.resolve();
  await first;
  assert.equal(bus.agents()[0]?.mailboxDepth, 1);
});

Deno.test("MessageBus makes a rule change hold from the next message on", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const seen = note(bus.agent("b"));
  const a = bus.agent("a");
  bus.router.addRule({ id: "no", priority: 1, action: { kind: "drop" } });
  await a.send("b", 1);
  bus.router.setEnabled("no", false);
  await a.send("b", 2);
  bus.router.setEnabled("no", true);
  await a.send("b", 3);
  bus.router.removeRule("no");
  await a.send("b", 4);
  await clock.advance(0);
  assert.deepEqual(seen.map(({ payload }) => payload), [2, 4]);
});

Deno.test("MessageBus asks the rules that hold when a message that has waited is accepted", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, backpressure: { maxPending: 1 } });
  const ada = bus.agent("ada");
  const bob = bus.agent("bob");
  bus.router.addRule({
    id: "lower",
    priority: 1,
    action: { kind: "set-priority", priority: 5 },
  });
  await ada.send("bob", "fills the bus");
  const waiting = ada.send("bob", "waits", { priority: 90 });
  await clock.advance(1);
  bus.router.removeRule("lower");
  const seen = note(bob);
  await clock.advance(1);
  await waiting;
  await clock.advance(1);
  assert.deepEqual(seen.map(({ priority }) => priority), [5, 90]);
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
