import assert from "node:assert/strict";
import { type Agent, connect, MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";
import { codeOf, until } from "../support/agent_stage.ts";
import { CuttableTransport } from "../support/cuttable_transport.ts";

const TIMEOUT_MS = 1_000;

interface Setup extends AsyncDisposable {
  readonly clock: VirtualClock;
  readonly bus: MessageBus;
  readonly transport: CuttableTransport;
  readonly agent: Agent;
}

/** A remote agent whose connection is lost, and cannot be made again. */
async function openLost(): Promise<Setup> {
  const clock = new VirtualClock();
  const bus = new MessageBus({ clock });
  const transport = new CuttableTransport();
  await bus.listen(transport);
  const agent = await connect(transport, {
    name: "r",
    sendTimeoutMs: TIMEOUT_MS,
    clock,
  });
  transport.isDown = true;
  await transport.cut();
  return {
    ...{ clock, bus, transport, agent },
    [Symbol.asyncDispose]: async () => {
      await agent.close();
      await bus.close();
    },
  };
}

Deno.test("Agent.subscribe() gives up on a bus that does not come back, and leaves nothing behind", async () => {
  await using setup = await openLost();
  const { clock, bus, transport, agent } = setup;
  let isOver = false;
  const failed = codeOf(agent.subscribe("jobs.*", () => {}))
    .finally(() => isOver = true);
  await clock.advance(TIMEOUT_MS - 1);
  assert.equal(isOver, false);
  await clock.advance(1);
  assert.equal(await failed, "unreachable");
  transport.isDown = false;
  await clock.advance(60_000);
  await until("it is back", () => bus.agents().length === 1);
  await agent.send("nobody", 1, { requiresAck: true });
  assert.deepEqual(bus.subscribers("jobs.build"), []);
});

Deno.test("Subscription.ready says that the bus does not answer; the handler is attached when it does", async () => {
  await using setup = await openLost();
  const { clock, bus, transport, agent } = setup;
  const heard: unknown[] = [];
  const receiving = agent.receive(({ payload }) => void heard.push(payload));
  await clock.advance(TIMEOUT_MS);
  assert.equal(await codeOf(receiving.ready), "unreachable");
  transport.isDown = false;
  await clock.advance(60_000);
  await until("it is back", () => bus.agents().length === 1);
  await bus.agent("a").send("r", "here");
  await until("it is handled", () => heard.length === 1);
});

Deno.test("Subscription.ready rejects with why, where the bus refuses the handler, or its agent leaves", async () => {
  await using bus = new MessageBus();
  const transport = new CuttableTransport();
  await bus.listen(transport);
  await using agent = await connect(transport, { name: "r" });
  await agent.subscribe("jobs.*", () => {}, { durable: "jobs" });
  const other = agent.subscribe("logs.*", () => {}, { durable: "jobs" });
  assert.equal(await codeOf(other), "invalid_message");
  transport.isMute = true;
  const unheard = agent.receive(() => {});
  await agent.close();
  assert.equal(await codeOf(unheard.ready), "closed");
});
