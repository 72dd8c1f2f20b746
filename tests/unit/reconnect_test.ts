import assert from "node:assert/strict";
import { type Agent, connect, type Delivery, MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";
import { codeOf, turns, until, upTo } from "../support/agent_stage.ts";
import { CuttableTransport } from "../support/cuttable_transport.ts";

interface Setup extends AsyncDisposable {
  readonly clock: VirtualClock;
  readonly bus: MessageBus;
  readonly transport: CuttableTransport;
  readonly agent: Agent;
  /** Loses the connection, and waits until there is another. */
  readonly comeBack: () => Promise<void>;
}

/** A bus, and an agent "r" that has joined it over a connection. */
async function open(ackTimeoutMs = 60_000): Promise<Setup> {
  const clock = new VirtualClock();
  const delivery = { ackTimeoutMs, retry: () => 0 };
  const bus = new MessageBus({ clock, delivery });
  const transport = new CuttableTransport();
  await bus.listen(transport);
  const agent = await connect(transport, { name: "r", clock });
  const comeBack = async () => {
    await transport.cut();
    transport.isMute = false;
    await turns();
    await clock.advance(2_000);
    await turns();
  };
  const end = async () => {
    await agent.close();
    await bus.close();
  };
  const ends = { [Symbol.asyncDispose]: end };
  return { clock, bus, transport, agent, comeBack, ...ends };
}

Deno.test("S3 Agent.send() whose confirmation was lost is sent again, and accepted once", async () => {
  await using setup = await open();
  const { bus, transport, agent, comeBack } = setup;
  const handled: string[] = [];
  bus.agent("b").receive(({ id }) => void handled.push(id));
  transport.isMute = true;
  const sent = agent.send("b", 1, { requiresAck: true });
  await until("it is handled", () => handled.length === 1);
  await comeBack();
  assert.deepEqual(handled, [await sent]);
  assert.equal(bus.stats().totalMessages, 1);
});

Deno.test("B3 Agent.send() may send as much over a new connection as over the first", async () => {
  await using setup = await open();
  const { bus, transport, agent, comeBack } = setup;
  let handled = 0;
  bus.agent("b").receive(() => void handled++);
  transport.isMute = true;
  const sent = agent.send("b", 0, { requiresAck: true });
  await until("it is handled", () => handled === 1);
  await comeBack();
  await sent;
  await Promise.all(upTo(500).map((payload) => agent.send("b", payload)));
  await until("all are handled", () => handled === 501);
});

Deno.test("L6 Agent.subscribe() is subscribed once after its connection was made anew, and can leave", async () => {
  await using setup = await open();
  const { bus, agent, comeBack } = setup;
  const subscription = await agent.subscribe("t", () => new Promise(() => {}));
  await comeBack();
  const a = bus.agent("a");
  for (const payload of upTo(3)) await a.publish("t", payload);
  await turns();
  const shown = bus.agents().find(({ name }) => name === "r");
  assert.deepEqual([shown?.inFlight, shown?.mailboxDepth], [1, 2]);
  await subscription.close();
  assert.deepEqual(bus.subscribers("t"), []);
});

Deno.test("K1 Delivery.ack() of a lease that ended before its connection did settles none of the next", async () => {
  await using setup = await open(5_000);
  const { clock, bus, agent, comeBack } = setup;
  const held: Delivery[] = [];
  agent.receive((_, delivery) => {
    held.push(delivery);
    return new Promise(() => {});
  });
  await turns();
  await bus.agent("a").send("r", 1, { requiresAck: true });
  await until("it is in hand", () => held.length === 1);
  await clock.advance(5_000);
  await comeBack();
  // The first handler has not ended, so the second waits for it to say something.
  held[0]?.ack();
  await turns();
  assert.equal(bus.stats().totalAcked, 0);
});

Deno.test("R1 Agent.request() fails when its connection is lost, and does not wait for its time", async () => {
  await using setup = await open();
  const { bus, transport, agent } = setup;
  bus.agent("b").respond(() => new Promise(() => {}));
  const code = codeOf(agent.request("b", 1));
  await until("it is asked", () => bus.requests.size === 1);
  await transport.cut();
  assert.equal(await code, "unreachable");
  await until("it is forgotten", () => bus.requests.size === 0);
});
