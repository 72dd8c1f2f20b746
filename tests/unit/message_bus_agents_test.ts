import assert from "node:assert/strict";
import { MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";
import { settle } from "../simulation/model/step_clock.ts";

Deno.test("MessageBus.agents() says who is there, since when, and with what in hand", async () => {
  const clock = new VirtualClock({ nowMs: 1_000 });
  await using bus = new MessageBus({ clock });
  const b = bus.agent("b");
  b.receive(() => new Promise(() => {}), { concurrency: 2 });
  await b.subscribe("t.*", () => {});
  const a = bus.agent("a");
  await clock.advance(500);
  for (let index = 0; index < 5; index++) await a.send("b", index);
  await clock.advance(0);
  assert.deepEqual(bus.agents(), [
    {
      name: "b",
      instances: 1,
      mailboxDepth: 3,
      inFlight: 2,
      lastSeen: 1_000,
      durable: false,
      subscriptions: [{ pattern: "t.*", mailboxDepth: 0 }],
    },
    {
      name: "a",
      instances: 1,
      mailboxDepth: 0,
      inFlight: 0,
      lastSeen: 1_500,
      durable: false,
      subscriptions: [],
    },
  ]);
});

Deno.test("MessageBus.agents() counts instances of one name, and forgets a name nobody serves", async () => {
  await using bus = new MessageBus();
  const one = bus.agent("b");
  const other = bus.agent("b");
  assert.equal(bus.agents()[0]?.instances, 2);
  await one.close();
  assert.equal(bus.agents()[0]?.instances, 1);
  await other.close();
  assert.deepEqual(bus.agents(), []);
});

Deno.test("MessageBus keeps the mailbox of a durable agent while it is away", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  await bus.agent("b", { durable: true }).close();
  await bus.agent("a").send("b", "kept", { requiresAck: true });
  const [b] = bus.agents();
  assert.deepEqual(
    [b?.name, b?.instances, b?.durable, b?.mailboxDepth],
    ["b", 0, true, 1],
  );
  const seen: unknown[] = [];
  bus.agent("b").receive(({ payload }) => void seen.push(payload));
  await clock.advance(0);
  assert.deepEqual(seen, ["kept"]);
});

Deno.test("MessageBus keeps a durable subscription while nobody serves it, and refuses another pattern for it", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const b = bus.agent("b");
  const first = await b.subscribe("t.*", () => {}, { durable: "d" });
  await first.close();
  const a = bus.agent("a");
  await a.publish("t.x", 1);
  await assert.rejects(
    b.subscribe("u.*", () => {}, { durable: "d" }),
    /has another pattern: "t\.\*"/,
  );
  const seen: unknown[] = [];
  await b.subscribe("t.*", ({ payload }) => void seen.push(payload), {
    durable: "d",
  });
  await clock.advance(0);
  assert.deepEqual(seen, [1]);
});

Deno.test("MessageBus.subscribers() names whom a publish now would reach, and it does", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const reached: string[] = [];
  const subscribe = (name: string, pattern: string, queue?: string) =>
    bus.agent(name).subscribe(pattern, () => void reached.push(name), {
      queue,
    });
  await subscribe("one", "t.x");
  await subscribe("star", "t.*");
  await subscribe("rest", ">");
  await subscribe("other", "u.*");
  await subscribe("q1", "t.*", "group");
  await subscribe("q2", "t.*", "group");
  assert.deepEqual(bus.subscribers("t.x").sort(), [
    "one",
    "q1",
    "q2",
    "rest",
    "star",
  ]);
  assert.deepEqual(bus.subscribers("v"), ["rest"]);
  await bus.agent("a").publish("t.x", 1);
  await clock.advance(0);
  const grouped = reached.filter((name) => name.startsWith("q"));
  assert.equal(grouped.length, 1);
  assert.deepEqual(
    reached.filter((name) => !name.startsWith("q")).sort(),
    ["one", "rest", "star"],
  );
});

Deno.test("MessageBus shares the publishes of a group, also between patterns", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const counts = { wide: 0, narrow: 0 };
  await bus.agent("b").subscribe("t.>", () => void counts.wide++, {
    queue: "g",
  });
  await bus.agent("c").subscribe("t.x", () => void counts.narrow++, {
    queue: "g",
  });
  const a = bus.agent("a");
  for (let index = 0; index < 10; index++) await a.publish("t.x", index);
  await clock.advance(0);
  assert.equal(counts.wide + counts.narrow, 10);
});

Deno.test("MessageBus.topics() lists what is subscribed to and what was published", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  await bus.agent("b").subscribe("t.*", () => {});
  await bus.agent("c").subscribe("t.*", () => {});
  await bus.agent("c").subscribe("u", () => {});
  const a = bus.agent("a");
  await a.publish("t.x", 1);
  await a.publish("t.x", 1);
  await a.publish("u", 1);
  await a.publish("lonely", 1);
  const sorted = bus.topics().toSorted((x, y) => x.topic < y.topic ? -1 : 1);
  assert.deepEqual(sorted, [
    { topic: "lonely", subscribers: [], messages: 1 },
    { topic: "t.*", subscribers: ["b", "c"], messages: 0 },
    { topic: "t.x", subscribers: ["b", "c"], messages: 2 },
    { topic: "u", subscribers: ["c"], messages: 1 },
  ]);
});

Deno.test("Agent.broadcast() reaches every other agent that receives, and not its sender", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const reached: string[] = [];
  const agents = ["a", "b", "c"].map((name) => bus.agent(name));
  for (const agent of agents) {
    agent.receive(({ recipient }) =>
      void reached.push(`${agent.name} ${recipient}`)
    );
  }
  bus.agent("mute");
  await agents[0]?.broadcast("hi");
  await clock.advance(0);
  assert.deepEqual(reached, ["b undefined", "c undefined"]);
});

Deno.test("S5 a subscription takes part from the moment it resolves, and not after it is closed", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const seen: unknown[] = [];
  const a = bus.agent("a");
  await a.publish("t", "before");
  const subscription = await bus.agent("b").subscribe(
    "t",
    ({ payload }) => void seen.push(payload),
  );
  await a.publish("t", "during");
  await clock.advance(0);
  await a.publish("t", "waiting");
  await subscription.close();
  await a.publish("t", "after");
  await clock.advance(0);
  assert.equal(seen[0], "during");
  assert.ok(!seen.includes("before") && !seen.includes("after"));
  assert.deepEqual(bus.subscribers("t"), []);
});

Deno.test("MessageBus.agent() refuses a name that is none", async () => {
  await using bus = new MessageBus();
  for (const name of ["", "a b", "a*", "x".repeat(256)]) {
    assert.throws(() => bus.agent(name), RangeError);
  }
  assert.throws(() => bus.agent(5 as unknown as string), TypeError);
});

Deno.test("MessageBus.agents() counts what a closed subscription still has in hand", async () => {
  await using bus = new MessageBus();
  const agent = bus.agent("a");
  const { promise, resolve } = Promise.withResolvers<void>();
  const subscription = agent.receive(() => promise);
  await agent.send("a", 1);
  await settle();
  const closed = subscription.close();
  assert.equal(bus.agents()[0]?.inFlight, 1);
  resolve();
  await closed;
});

Deno.test("MessageBus.agents() shows the durable subscriptions of an agent that has come back", async () => {
  await using bus = new MessageBus();
  const agent = bus.agent("a");
  await agent.subscribe("jobs", () => {}, { durable: "d" });
  await agent.close();
  const back = bus.agent("a");
  await back.publish("jobs", 1);
  const [info] = bus.agents();
  assert.equal(info?.mailboxDepth, 1);
  assert.deepEqual(info?.subscriptions.map(({ pattern }) => pattern), ["jobs"]);
});
