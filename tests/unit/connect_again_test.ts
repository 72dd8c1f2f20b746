import assert from "node:assert/strict";
import { sleep } from "../../core/clock.ts";
import { connect, MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";
import { Dice } from "../support/dice.ts";
import { SimNetwork } from "../simulation/net/sim_network.ts";

/** A bus, and an agent that has come to it over a network which can fail. */
async function stage() {
  const clock = new VirtualClock();
  const network = new SimNetwork({ clock, random: new Dice(1) });
  const host = network.process("host");
  const away = network.process("away");
  const bus = new MessageBus({ clock });
  await bus.listen(network.transport("bus", host), {
    handshakeTimeoutMs: 50,
    reconnectGraceMs: 1_000,
  });
  const agent = await connect(network.transport("bus", away), {
    name: "a",
    clock,
    reconnect: { minDelayMs: 1, maxDelayMs: 10 },
  });
  return { clock, network, host, away, bus, agent };
}

Deno.test("connect() tries again when the bus has waited for a lost hello in vain", async () => {
  const { clock, network, host, away, bus, agent } = await stage();
  const slow = { minMs: 1_000, maxMs: 1_000 };
  const heal = network.faults.delay([away, host], slow);
  network.faults.reset("everywhere");
  await clock.advance(500);
  assert.ok(bus.stats().connectionErrors > 1);
  heal();
  await clock.advance(5_000);
  bus.agent("b").receive(() => {});
  assert.ok(await agent.send("b", 1, { requiresAck: true }));
  await agent.close();
  await bus.close();
});

Deno.test("MessageBus.agent() keeps the messages of a name whose former owner had come back and left", async () => {
  const { clock, network, bus, agent } = await stage();
  network.faults.reset("everywhere");
  await clock.advance(100);
  await agent.close();
  await bus.agent("a", { durable: true }).close();
  await bus.agent("b").send("a", "for the next one");
  // The time that the former owner had to come back is over meanwhile.
  await clock.advance(2_000);
  const received: unknown[] = [];
  bus.agent("a").receive(({ payload }) => void received.push(payload));
  await clock.advance(0);
  assert.deepEqual(received, ["for the next one"]);
  await bus.close();
});

Deno.test("connect() sends again what was not confirmed, and it is refused once, with one dead letter", async () => {
  const { clock, network, bus, agent } = await stage();
  bus.agent("b").receive(() => {});
  bus.router.registerHandler("think", async () => {
    await sleep(clock, 500);
    throw new Error("no");
  });
  bus.router.addRule({ id: "thinks", priority: 1, handler: "think" });
  const sent = agent.send("b", 1, { requiresAck: true }).catch(({ code }) =>
    code
  );
  await clock.advance(100);
  network.faults.reset("everywhere");
  await clock.advance(1_500);
  assert.equal(await sent, "routing_failed");
  assert.equal(bus.deadLetters.size, 1);
  await agent.close();
  await bus.close();
});

Deno.test("connect() takes a request that requires an ack, over a connection as in process", async () => {
  const { clock, bus, agent } = await stage();
  bus.agent("b").respond(() => "answer");
  const reply = agent.request("b", 1, { requiresAck: true });
  await clock.advance(0);
  assert.equal((await reply).payload, "answer");
  await agent.close();
  await bus.close();
});

Deno.test("S5 Subscription.close() gives back what its handler never began, over a connection too", async () => {
  const { clock, bus, agent } = await stage();
  const begun: unknown[] = [];
  const { promise: deaf, resolve: endDeaf } = Promise.withResolvers<void>();
  const handler = ({ payload }: { payload: unknown }) => {
    begun.push(payload);
    return deaf;
  };
  const subscription = agent.receive(handler, { ackTimeoutMs: 50 });
  await clock.advance(1);
  const sender = bus.agent("b");
  await sender.send("a", "one", { requiresAck: true });
  // Its lease ends while the handler works on: handed out again, it waits for that.
  await clock.advance(100);
  await sender.send("a", "two", { requiresAck: true, priority: 90 });
  await clock.advance(10);
  const closing = subscription.close();
  await clock.advance(10);
  await closing;
  endDeaf();
  await clock.advance(10);
  assert.deepEqual(begun, ["one"]);
  const next: unknown[] = [];
  agent.receive((message) => void next.push(message.payload));
  await clock.advance(100);
  assert.deepEqual(next, ["two", "one"]);
  assert.deepEqual(bus.deadLetters.size, 0);
  await agent.close();
  await bus.close();
});

Deno.test("connect() is told again of a refusal that was lost, and it leaves one dead letter", async () => {
  const { clock, network, bus, agent } = await stage();
  bus.agent("b").receive(() => {});
  bus.router.registerHandler("refuse", () => {
    throw new Error("no");
  });
  bus.router.addRule({ id: "refuses", priority: 1, handler: "refuse" });
  for (const { down } of network.connections) network.faults.halfOpen(down);
  const sent = agent.send("b", 1, { requiresAck: true })
    .catch(({ code }) => code);
  await clock.advance(10);
  assert.equal(bus.deadLetters.size, 1);
  bus.router.removeRule("refuses");
  network.faults.reset("everywhere");
  await clock.advance(1_000);
  assert.equal(await sent, "routing_failed");
  assert.equal(bus.deadLetters.size, 1);
  assert.equal(bus.stats().totalMessages, 0);
  await agent.close();
  await bus.close();
});

Deno.test("MessageBus keeps what waits for a group while one of its members may come back, whoever else leaves", async () => {
  const { clock, network, bus, agent } = await stage();
  const received: unknown[] = [];
  const note = ({ payload }: { payload: unknown }) =>
    void received.push(payload);
  const joining = agent.subscribe("jobs", note, { queue: "q" });
  await clock.advance(0);
  await joining;
  const other = await bus.agent("b").subscribe("jobs", note, { queue: "q" });
  network.faults.refuseDials("everywhere");
  network.faults.reset("everywhere");
  await clock.advance(10);
  await other.close();
  await bus.agent("c").publish("jobs", "kept", { requiresAck: true });
  network.faults.heal();
  await clock.advance(500);
  assert.deepEqual(received, ["kept"]);
  assert.equal(bus.agents().at(0)?.subscriptions.length, 1);
  await agent.close();
  await bus.close();
});
