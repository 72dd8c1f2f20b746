import assert from "node:assert/strict";
import { type Agent, connect, MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";
import { memoryTransport } from "../../transports/memory.ts";
import {
  type Connection,
  frame,
  FrameKind,
  type Transport,
} from "../../transports/transport.ts";
import { FrameDecoder } from "../../transports/wire/decoder.ts";
import { encodeFrames } from "../support/frames.ts";
import { Dice } from "../support/dice.ts";
import { SimNetwork } from "../simulation/net/sim_network.ts";

const WELCOME = {
  version: 1,
  bus: "bus",
  maxMessageBytes: 1_000,
  sendWindow: 8,
  heartbeatMs: 15_000,
  requestTimeoutMs: 30_000,
};

for (const way of ["hello", "welcome"] as const) {
  Deno.test(`W5 connect() with checksums finds the bus unreachable, whichever bit of the ${way} is turned over`, async () => {
    const bytes = await bytesOf(way);
    assert.ok(bytes > 100);
    for (let bit = 0; bit < bytes * 8; bit++) {
      const { code, agents } = await connectTurned(way, bit);
      assert.equal(code, "unreachable", `bit ${bit}`);
      const joined = way === "hello" ? [] : ["planner"];
      assert.deepEqual(agents, joined, `bit ${bit}`);
    }
  });
}

Deno.test("connect() with checksums comes back when a bus has refused, without them, a hello that was turned over", async () => {
  const clock = new VirtualClock();
  const network = new SimNetwork({ clock, random: new Dice(1) });
  const [host, away] = [network.process("host"), network.process("away")];
  const bus = new MessageBus({ clock });
  await bus.listen(network.transport("bus", host));
  const agent = await connect(network.transport("bus", away), {
    name: "a",
    clock,
    checksums: true,
    reconnect: { minDelayMs: 1, maxDelayMs: 100 },
  });
  const heal = network.faults.corrupt("everywhere", 1);
  network.faults.reset("everywhere");
  await clock.advance(5_000);
  assert.ok(bus.stats().connectionErrors > 10);
  heal();
  await clock.advance(1_000);
  bus.agent("b").receive(() => {});
  assert.ok(await agent.send("b", 1, { requiresAck: true }));
  await agent.close();
  await bus.close();
});

Deno.test("W5 S1 S7 connect() with checksums loses nothing and gives nothing that was not sent, where bits are turned over", async () => {
  let corrupted = 0;
  for (let seed = 0; seed < 30; seed++) {
    const { sent, received, fates, counts } = await publishTwenty(seed);
    corrupted += counts.corrupted;
    assert.deepEqual(fates, Array(20).fill("accepted"), `seed ${seed}`);
    assert.deepEqual([...received].sort(), [...sent].sort(), `seed ${seed}`);
  }
  assert.ok(corrupted > 50, `${corrupted}`);
});

Deno.test("connect() says goodbye to a bus that breaks the protocol, and closes", async () => {
  const transport = memoryTransport();
  await using listener = await transport.listen();
  const accepting = listener[Symbol.asyncIterator]().next();
  const clock = new VirtualClock();
  const connecting = connect(transport, { name: "planner", clock });
  const { value: bus } = await accepting;
  const payload = new TextEncoder().encode(JSON.stringify(WELCOME));
  await bus.write(encodeFrames([frame(FrameKind.welcome, { payload })]));
  const agent = await connecting;
  // No kind that a bus may send.
  await bus.write(encodeFrames([frame(FrameKind.hello)]));
  const said = await everything(bus);
  assert.deepEqual(said.map(({ kind }) => kind), [
    FrameKind.hello,
    FrameKind.goodbye,
  ]);
  assert.match(said[1]?.text ?? "", /"code":"protocol"/);
  await agent.close();
  await bus.close();
});

/** Twenty publishes of one agent to another, over a network that turns bits over. */
async function publishTwenty(seed: number) {
  const clock = new VirtualClock();
  const network = new SimNetwork({ clock, random: new Dice(seed) });
  const host = network.process("host");
  const bus = new MessageBus({ clock });
  await bus.listen(network.transport("bus", host));
  const join = (name: string) =>
    connect(network.transport("bus", network.process(name)), {
      name,
      clock,
      checksums: true,
      reconnect: { minDelayMs: 1, maxDelayMs: 100 },
    });
  const [one, two] = [await join("one"), await join("two")];
  const received = new Set<string>();
  await two.subscribe("t.*", ({ payload }) => void received.add(text(payload)));
  const heal = network.faults.corrupt("everywhere", 0.05);
  const sent = new Set<string>();
  const fates: string[] = [];
  for (let turn = 0; turn < 20; turn++) {
    const payload = { turn, text: "x".repeat(200) };
    sent.add(text(payload));
    one.publish("t.x", payload, { requiresAck: true }).then(
      () => void fates.push("accepted"),
      (error) => void fates.push(error.code),
    );
    await clock.advance(50);
  }
  heal();
  await clock.advance(60_000);
  await closeAll([one, two], bus);
  return { sent, received, fates, counts: network.counts };
}

function text(payload: unknown): string {
  return JSON.stringify(payload);
}

async function closeAll(
  agents: readonly Agent[],
  bus: MessageBus,
): Promise<void> {
  for (const agent of agents) await agent.close();
  await bus.close();
}

/** How a first connection ends if one bit of its hello, or of the answer, is turned over, and who has joined. */
async function connectTurned(way: "hello" | "welcome", bit: number) {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const memory = memoryTransport();
  await bus.listen(memory);
  const connecting = connect(turning(memory, way, bit), {
    name: "planner",
    clock,
    checksums: true,
    reconnect: false,
  });
  const code = await connecting.then(() => "connected", (error) => error.code);
  return { code, agents: bus.agents().map(({ name }) => name) };
}

async function bytesOf(way: "hello" | "welcome"): Promise<number> {
  await using bus = new MessageBus();
  const memory = memoryTransport();
  await bus.listen(memory);
  let bytes = 0;
  const counting = tapped(memory, {
    up: (chunk) => void (way === "hello" && (bytes ||= chunk.length)),
    down: (chunk) => void (way === "welcome" && (bytes ||= chunk.length)),
  });
  const agent = await connect(counting, { name: "planner", checksums: true });
  await agent.close();
  return bytes;
}

/** The same way to the bus, but for one bit of the first chunk that goes one way. */
function turning(
  transport: Transport,
  way: "hello" | "welcome",
  bit: number,
): Transport {
  let isDone = false;
  const turn = (chunk: Uint8Array) => {
    if (isDone) return;
    isDone = true;
    chunk[bit >> 3] = (chunk[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  };
  const nothing = () => {};
  return way === "hello"
    ? tapped(transport, { up: turn, down: nothing })
    : tapped(transport, { up: nothing, down: turn });
}

/** The same way to the bus, with someone who sees, and may change, what is on it. */
function tapped(
  transport: Transport,
  { up, down }: Record<"up" | "down", (chunk: Uint8Array) => void>,
): Transport {
  const dial = async (options?: { signal?: AbortSignal }) => {
    const connection = await transport.dial(options);
    const { read, write } = connection;
    connection.write = (bytes) => {
      const chunk = bytes.slice();
      up(chunk);
      return write.call(connection, chunk);
    };
    connection.read = async (buffer) => {
      const count = await read.call(connection, buffer);
      if (count !== null) down(buffer.subarray(0, count));
      return count;
    };
    return connection;
  };
  return { name: transport.name, listen: () => transport.listen(), dial };
}

/** What a peer says until it closes. */
async function everything(connection: Connection) {
  const decoder = new FrameDecoder(10_000);
  const frames: { kind: number; text: string }[] = [];
  const buffer = new Uint8Array(10_000);
  let count = await connection.read(buffer);
  while (count !== null) {
    decoder.push(buffer.subarray(0, count), ({ kind, payload }) => {
      frames.push({ kind, text: new TextDecoder().decode(payload) });
    });
    count = await connection.read(buffer);
  }
  return frames;
}
