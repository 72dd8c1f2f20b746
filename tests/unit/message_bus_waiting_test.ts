import assert from "node:assert/strict";
import { type Message, MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";
import { settle, StepClock } from "../simulation/model/step_clock.ts";

/** A handler whose work ends when the test says so, oldest first. */
class HeldWork {
  readonly payloads: unknown[] = [];
  readonly #ends: (() => void)[] = [];

  readonly handle = ({ payload }: Message): Promise<void> => {
    this.payloads.push(payload);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ends.push(resolve);
    return promise;
  };

  endOne(): void {
    this.#ends.shift()?.();
  }
}

Deno.test("MessageBus keeps one sender's messages in order when one of them changes lines", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({
    clock,
    mailbox: { maxMessages: 1 },
    backpressure: { maxPending: 3 },
  });
  const order: unknown[] = [];
  const held = Promise.withResolvers<void>();
  const again = Promise.withResolvers<void>();
  bus.agent("m").receive(async ({ payload, attempt }, delivery) => {
    order.push(payload);
    if (payload !== "first") return;
    await (attempt === 1 ? held : again).promise;
    if (attempt === 1) delivery.nack({ delayMs: 50 });
  });
  const other = new HeldWork();
  bus.agent("h").receive(other.handle, { concurrency: 10 });
  for (const name of ["p1", "p2"]) {
    await bus.agent(name).subscribe("t", () => {});
  }
  const sender = bus.agent("s");
  const x = bus.agent("x");
  await x.send("m", "first", { requiresAck: true });
  await x.send("h", 1);
  await x.send("h", 2);
  await clock.advance(0);
  const sent = [
    sender.send("m", "m1"),
    x.publish("t", "needs two places"),
    sender.send("m", "m2"),
  ];
  await clock.advance(0);
  // The first message waits in its mailbox again: m1 may enter the bus, but not the mailbox.
  held.resolve();
  await clock.advance(0);
  other.endOne();
  await clock.advance(50);
  // Out of the mailbox, the first message makes room there, and the bus is full again.
  other.endOne();
  await clock.advance(0);
  again.resolve();
  await clock.advance(0);
  await Promise.all(sent);
  assert.deepEqual(order, ["first", "first", "m1", "m2"]);
});

Deno.test("MessageBus ends a wait once, though a rule's handler aborts it as it ends", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, backpressure: { maxPending: 1 } });
  const stop = new AbortController();
  let isArmed = false;
  bus.router.registerHandler("abort", () => {
    if (isArmed) stop.abort(new Error("stop"));
  });
  bus.router.addRule({
    id: "r",
    priority: 1,
    match: { topic: "t" },
    handler: "abort",
  });
  const work = new HeldWork();
  bus.agent("b").receive(work.handle);
  const a = bus.agent("a");
  await a.send("b", 1);
  await clock.advance(0);
  isArmed = true;
  const sent = a.send("b", 2, { topic: "t", signal: stop.signal })
    .then(() => "accepted", () => "refused");
  await clock.advance(0);
  work.endOne();
  await clock.advance(0);
  // Whichever it is, the sender and the recipient are told the same.
  const isHandled = work.payloads.includes(2);
  assert.equal(await sent, isHandled ? "accepted" : "refused");
  assert.equal(bus.backpressure.waiting, 0);
  const next = a.send("b", 3);
  await clock.advance(0);
  work.endOne();
  await clock.advance(0);
  await next;
  assert.equal(work.payloads.at(-1), 3);
});

Deno.test("MessageBus goes on with the second of two equal sends when the first is given up", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, backpressure: { maxPending: 1 } });
  const box = bus.agent("box", { durable: true });
  const a = bus.agent("a");
  await a.send("box", 0);
  const stop = new AbortController();
  const mine = new Error("of the first");
  const options = { deduplicationId: "k" };
  const first = assert.rejects(
    a.send("box", 1, { ...options, signal: stop.signal }),
    (error) => error === mine,
  );
  const second = a.send("box", 1, options);
  await clock.advance(0);
  stop.abort(mine);
  await first;
  const seen: unknown[] = [];
  box.receive(({ payload }) => void seen.push(payload));
  await clock.advance(10);
  assert.equal(typeof await second, "string");
  assert.deepEqual(seen, [0, 1]);
});

Deno.test("B3 MessageBus gives room to who came first, whichever line each waits in", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({
    clock,
    backpressure: { maxPending: 2 },
    mailbox: { maxMessages: 1 },
  });
  const busy = bus.agent("busy");
  bus.agent("idle", { durable: true });
  const work: (() => void)[] = [];
  busy.receive(() => new Promise<void>((resolve) => work.push(resolve)));
  const sender = bus.agent("sender");
  await sender.send("busy", "in hand");
  await clock.advance(0);
  await sender.send("busy", "fills its mailbox, and the bus");
  const letIn: string[] = [];
  const first = sender.send("busy", 1).then(() => letIn.push("first"));
  const second = sender.send("idle", 2).then(() => letIn.push("second"));
  work.shift()?.();
  await clock.advance(0);
  assert.deepEqual(letIn, ["first"]);
  work.shift()?.();
  await clock.advance(0);
  assert.deepEqual(letIn, ["first", "second"]);
  await Promise.all([first, second]);
});

Deno.test("Agent.send() that repeats a waiting one is given up when its own signal aborts", async () => {
  await using bus = new MessageBus({ backpressure: { maxPending: 1 } });
  const agent = bus.agent("a");
  await agent.send("a", 0);
  const first = agent.send("a", 1, { deduplicationId: "x" });
  first.catch(() => {});
  const abort = new AbortController();
  const { signal } = abort;
  const second = agent.send("a", 1, { deduplicationId: "x", signal });
  abort.abort("enough");
  await assert.rejects(second, (reason) => reason === "enough");
  agent.receive(() => {});
  await first;
});

Deno.test("B3 MessageBus lets a publish in when a subscriber fewer makes it fit", async () => {
  const clock = new StepClock();
  await using bus = new MessageBus({ clock, backpressure: { maxPending: 2 } });
  const agent = bus.agent("a");
  await agent.send("a", 0);
  const one = await agent.subscribe("jobs", () => {});
  const two = await agent.subscribe("jobs", () => {});
  const published = agent.publish("jobs", 1);
  published.catch(() => {});
  await settle();
  assert.equal(bus.backpressure.waiting, 1);
  await one.close();
  await settle();
  assert.equal(bus.backpressure.waiting, 0);
  await published;
  await two.close();
});

Deno.test("B3 MessageBus lets a message in when a rule fewer makes it fit", async () => {
  const clock = new StepClock();
  await using bus = new MessageBus({ clock, backpressure: { maxPending: 2 } });
  const agent = bus.agent("a");
  bus.agent("b");
  await agent.send("a", 0);
  const action = { kind: "forward", recipient: "b" } as const;
  bus.router.addRule({ id: "copy", priority: 1, action });
  const sent = agent.send("a", 1);
  sent.catch(() => {});
  await settle();
  assert.equal(bus.backpressure.waiting, 1);
  bus.router.removeRule("copy");
  await settle();
  assert.equal(bus.backpressure.waiting, 0);
  await sent;
});
