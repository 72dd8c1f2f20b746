import assert from "node:assert/strict";
import { type Agent, connect, MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";
import { memoryTransport } from "../../transports/memory.ts";
import {
  encodeEnvelope,
  encodePayload,
  type EnvelopeFields,
  frame,
  FrameChannel,
  FrameFlag,
  FrameKind,
} from "../../transports/transport.ts";
import { systemTasks } from "../../core/tasks.ts";
import { codeOf, turns, until } from "../support/agent_stage.ts";
import { CuttableTransport } from "../support/cuttable_transport.ts";

const HOUR_MS = 3_600_000;

interface Setup extends AsyncDisposable {
  readonly clock: VirtualClock;
  readonly bus: MessageBus;
  readonly transport: CuttableTransport;
  readonly agent: Agent;
}

/** A bus that takes one message, which is there already, and a remote agent. */
async function openFull(): Promise<Setup> {
  const clock = new VirtualClock();
  const bus = new MessageBus({
    clock,
    backpressure: { maxPending: 1, timeoutMs: 24 * HOUR_MS },
  });
  const transport = new CuttableTransport();
  await bus.listen(transport);
  const agent = await connect(transport, {
    name: "r",
    sendTimeoutMs: 1_000,
    clock,
  });
  bus.agent("box", { durable: true });
  await bus.agent("a").send("box", "fills the bus");
  return {
    clock,
    bus,
    transport,
    agent,
    [Symbol.asyncDispose]: async () => {
      await agent.close();
      await bus.close();
    },
  };
}

Deno.test("Agent.send() over a connection heeds its signal while the bus has no room", async () => {
  await using setup = await openFull();
  const { bus, agent } = setup;
  const stop = new AbortController();
  const mine = new Error("mine");
  const sent = agent.send("box", 1, { requiresAck: true, signal: stop.signal });
  const failed = assert.rejects(sent, (error) => error === mine);
  await until("it waits", () => bus.backpressure.waiting === 1);
  stop.abort(mine);
  await failed;
  await until("it has left the line", () => bus.backpressure.waiting === 0);
  assert.equal(bus.backpressure.pending, 1);
});

Deno.test("Agent.send() gives up on a bus that does not come back", async () => {
  await using setup = await openFull();
  const { bus, clock, transport, agent } = setup;
  const failed = codeOf(agent.send("box", 1, { requiresAck: true }));
  await until("it waits", () => bus.backpressure.waiting === 1);
  transport.isDown = true;
  await transport.cut();
  await turns();
  await clock.advance(HOUR_MS);
  assert.equal(await failed, "unreachable");
});

Deno.test("Agent.send() whose confirmation was lost is not handled twice, however late the bus comes back", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const transport = new CuttableTransport();
  await bus.listen(transport);
  await using agent = await connect(transport, { name: "r", clock });
  let handled = 0;
  bus.agent("b").receive(() => void handled++);
  transport.isMute = true;
  const sent = agent.send("b", 1, { requiresAck: true })
    .then(() => "confirmed", () => "given up");
  await until("it is handled", () => handled === 1);
  transport.isDown = true;
  await transport.cut();
  transport.isMute = false;
  await turns();
  // Longer than the bus remembers what it has accepted.
  await clock.advance(150_000);
  transport.isDown = false;
  await clock.advance(10_000);
  await turns();
  assert.equal(await sent, "given up");
  assert.equal(bus.agents().find(({ name }) => name === "r")?.instances, 1);
  assert.equal(handled, 1);
});

Deno.test("Agent.close() gives up the dial that is under way", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const transport = new CuttableTransport();
  await bus.listen(transport);
  const agent = await connect(transport, { name: "r", clock });
  transport.isStuck = true;
  await transport.cut();
  await turns();
  await clock.advance(1_000);
  assert.equal(transport.dialing, 1);
  await agent.close();
  await turns();
  assert.equal(transport.dialing, 0);
});

const MALFORMED: Record<string, Omit<EnvelopeFields, "id">> = {
  "a publish to a recipient": {
    type: "publish",
    recipient: "box",
    topic: "x.y",
  },
  "a publish without a topic": { type: "publish" },
};

for (const [what, fields] of Object.entries(MALFORMED)) {
  Deno.test(`MessageBus refuses ${what} from a connection, as from its own agents`, async () => {
    const clock = new VirtualClock();
    await using bus = new MessageBus({ clock });
    const transport = memoryTransport();
    await bus.listen(transport);
    const seen: unknown[] = [];
    bus.agent("box").receive(({ payload }) => void seen.push(payload));
    const channel = new FrameChannel(await transport.dial(), {
      clock,
      tasks: systemTasks,
      maxFrameBytes: 65_536,
    });
    const kinds: number[] = [];
    const ended = channel.run(({ kind }) => void kinds.push(kind))
      .catch(() => {});
    channel.send(frame(FrameKind.hello, { payload: hello() }));
    await until("it is greeted", () => kinds.includes(FrameKind.welcome));
    channel.send(frame(FrameKind.send, {
      id: 1,
      flags: FrameFlag.requiresAck,
      priority: 50,
      head: encodeEnvelope({
        id: "01a1fc72-e33b-73b2-8168-5e1231ebae56",
        ...fields,
      }),
      payload: encodePayload(1).bytes,
    }));
    await until("it is refused", () => kinds.includes(FrameKind.refused));
    channel.abort();
    await ended;
    assert.deepEqual(seen, []);
    assert.equal(bus.stats().totalMessages, 0);
    assert.equal(bus.stats().totalRefused, 1);
    assert.equal(bus.backpressure.pending, 0);
  });
}

function hello(): Uint8Array {
  return encodePayload({
    protocol: "busbar",
    versions: [1],
    name: "w",
    instance: "i1",
    durable: false,
  }).bytes;
}
