import assert from "node:assert/strict";
import { connect, MessageBus } from "../../mod.ts";
import { systemTasks } from "../../core/tasks.ts";
import { LIMITS } from "../../core/limits.ts";
import { VirtualClock } from "../../testing/mod.ts";
import type { Message } from "../../core/message.ts";
import { memoryTransport } from "../../transports/memory.ts";
import {
  encodeEnvelope,
  encodePayload,
  frame,
  FrameChannel,
  FrameKind,
  HeadTag,
  type Transport,
} from "../../transports/transport.ts";
import { codeOf, until, upTo } from "../support/agent_stage.ts";

/** Connects as one instance, and takes in direct messages. */
async function joinAs(
  instance: string,
  transport: Transport,
  clock: VirtualClock,
) {
  const channel = new FrameChannel(await transport.dial(), {
    clock,
    tasks: systemTasks,
    maxFrameBytes: 65_536,
  });
  const kinds: number[] = [];
  const leases: number[] = [];
  const state = { isOver: false };
  const ended = channel.run(({ kind, id }) => {
    kinds.push(kind);
    if (kind === FrameKind.deliver) leases.push(id);
  })
    .catch(() => {}).finally(() => state.isOver = true);
  const hello = {
    ...{ protocol: "busbar", versions: [1], name: "w", durable: false },
    instance,
  };
  const spec = { kind: "direct", concurrency: 9 };
  channel.send(
    frame(FrameKind.hello, { payload: encodePayload(hello).bytes }),
  );
  channel.send(
    frame(FrameKind.attach, { id: 1, payload: encodePayload(spec).bytes }),
  );
  await until("it is attached", () => kinds.includes(FrameKind.attached));
  return { channel, kinds, leases, state, ended };
}

/** A frame that sends to one agent, and asks for no ack. */
function directTo(recipient: string, id: number) {
  const head = { type: "direct", id: crypto.randomUUID(), recipient } as const;
  return frame(FrameKind.send, {
    id,
    head: encodeEnvelope(head),
    payload: encodePayload("work").bytes,
  });
}

Deno.test("L6 an instance that comes back takes the place of its old connection, though that looks alive", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const transport = memoryTransport();
  await bus.listen(transport);
  const old = await joinAs("i1", transport, clock);
  const now = await joinAs("i1", transport, clock);
  await until("the old one is ended", () => old.state.isOver);
  assert.equal(bus.agents()[0]?.instances, 1);
  const a = bus.agent("a");
  for (const payload of upTo(4)) await a.send("w", payload);
  const delivered = (kinds: number[]) =>
    kinds.filter((kind) => kind === FrameKind.deliver).length;
  await until("all have come", () => delivered(now.kinds) === 4);
  assert.equal(delivered(old.kinds), 0);
  now.channel.abort();
  await Promise.all([old.ended, now.ended]);
});

Deno.test("B3 Agent.send() over a connection gets its credit back for what the bus refuses", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({
    clock,
    mailbox: { maxMessages: 1, overflow: "reject" },
  });
  const transport = memoryTransport();
  await bus.listen(transport);
  bus.agent("b");
  await using agent = await connect(transport, { name: "r", clock });
  await agent.send("b", "fills it", { requiresAck: true });
  const codes = await Promise.all(
    upTo(2 * LIMITS.sendWindow).map((payload) =>
      codeOf(agent.send("b", payload, { requiresAck: true }))
    ),
  );
  assert.deepEqual([...new Set(codes)], ["overflow"]);
});

Deno.test("B3 a client's window opens a moment later, at once for all, while very many messages are unfinished, whoever they are for", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const transport = memoryTransport();
  await bus.listen(transport);
  const idle = bus.agent("idle");
  const { channel, kinds, ended } = await joinAs("i1", transport, clock);
  const batch = LIMITS.sendWindow / 4;
  let lastId = 1;
  const sendBatch = () => {
    for (let n = 0; n < batch; n++) {
      channel.send(directTo("idle", ++lastId));
    }
  };
  const credits = () =>
    kinds.filter((kind) => kind === FrameKind.credit).length;
  for (let round = 1; round <= LIMITS.pacedPending / batch; round++) {
    sendBatch();
    await until("the window is open again", () => credits() === round);
  }
  const openedAtOnce = credits();
  sendBatch();
  sendBatch();
  await until(
    "all have come",
    () => bus.backpressure.pending === LIMITS.pacedPending + 2 * batch,
  );
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  assert.equal(credits(), openedAtOnce);
  await clock.advance(LIMITS.paceMs);
  await until("the window is open again", () => credits() > openedAtOnce);
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  assert.equal(credits(), openedAtOnce + 1);
  // What has waited is for somebody who is away; now he takes it.
  idle.receive(() => {});
  await until("all are done", () => bus.backpressure.pending === 0);
  sendBatch();
  await until("the window is open at once", () => credits() > openedAtOnce + 1);
  channel.abort();
  await ended;
});

Deno.test("the numbers of a connection begin anew at the highest, and what was handed out before is still acknowledged", async () => {
  const { maxNumber } = LIMITS;
  const limits = LIMITS as { maxNumber: number };
  limits.maxNumber = 20;
  try {
    const clock = new VirtualClock();
    await using bus = new MessageBus({ clock });
    const transport = memoryTransport();
    await bus.listen(transport);
    const { channel, leases, ended } = await joinAs("i1", transport, clock);
    const sender = bus.agent("a");
    const requiresAck = true;
    const handOut = async (count: number) => {
      for (const n of upTo(count)) await sender.send("w", n, { requiresAck });
      await until("they are handed out", () => leases.length === count);
      return leases.splice(0);
    };
    const settle = (id: number, aux = 0) =>
      channel.send(frame(FrameKind.ack, { id, aux }));
    for (const id of await handOut(9)) settle(id);
    for (const id of await handOut(9)) settle(id);
    assert.deepEqual(await handOut(5), [19, 20, 1, 2, 3]);
    settle(19, 1);
    settle(1, 2);
    await until("all are done", () => bus.stats().pendingMessages === 0);
    assert.equal(bus.stats().staleSettlements, 0);
    // More than were handed out settle no more than those.
    assert.deepEqual(await handOut(2), [4, 5]);
    settle(4, 9);
    await until("all are done", () => bus.stats().pendingMessages === 0);
    assert.equal(bus.stats().staleSettlements, 0);
    channel.abort();
    await ended;
  } finally {
    limits.maxNumber = maxNumber;
  }
});

Deno.test("bus.history() shows the bytes of a payload that is not what it says, large or small", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const transport = memoryTransport();
  await bus.listen(transport);
  bus.agent("idle");
  const { channel, ended } = await joinAs("i1", transport, clock);
  const payloads = [9, 5_000].map((bytes) => new Uint8Array(bytes).fill(0x7b));
  for (const [index, payload] of payloads.entries()) {
    const id = index + 2;
    const head = encodeEnvelope({
      type: "direct",
      id: crypto.randomUUID(),
      recipient: "idle",
    });
    channel.send(frame(FrameKind.send, { id, head, payload }));
  }
  await until("both have come", () => bus.backpressure.pending === 2);
  const shown = bus.history().map(({ message }) => message.payload);
  assert.deepEqual(shown, payloads.toReversed());
  channel.abort();
  await ended;
});

Deno.test("MessageBus.close() leaves no timer of a client whose window was to open later", async () => {
  const clock = new VirtualClock();
  const bus = new MessageBus({ clock });
  const transport = memoryTransport();
  await bus.listen(transport);
  bus.agent("idle");
  const { channel, ended } = await joinAs("i1", transport, clock);
  const count = LIMITS.pacedPending + LIMITS.sendWindow / 4;
  await Promise.all(
    upTo(LIMITS.pacedPending).map((n) => bus.agent("a").send("idle", n)),
  );
  for (const id of upTo(LIMITS.sendWindow / 4)) {
    channel.send(directTo("idle", 1 + id));
  }
  await until("all have come", () => bus.backpressure.pending === count);
  await bus.close();
  assert.equal(clock.timers, 0);
  await ended;
});

Deno.test("K4 Agent.send() over a connection resolves each of many to its own id, or to that of the first", async () => {
  await using bus = new MessageBus();
  const transport = memoryTransport();
  await bus.listen(transport);
  await using sender = await connect(transport, { name: "sender" });
  bus.agent("taker").receive(() => {});
  const requiresAck = true;
  const sends = upTo(2_000).map((number) =>
    sender.send("taker", number, {
      requiresAck,
      // Every fifth adds nothing to the one before.
      ...(number % 5 === 0 ? { deduplicationId: `${number >> 4}` } : {}),
    })
  );
  const ids = await Promise.all(sends);
  await until("all are handled", () => bus.stats().pendingMessages === 0);
  const accepted = new Map(
    bus.history().map(({ message: { id, payload } }) => [payload, id]),
  );
  for (const [index, number] of upTo(2_000).entries()) {
    const first = upTo(2_000).find((one) =>
      one === number ||
      (number % 5 === 0 && one % 5 === 0 && one >> 4 === number >> 4)
    );
    assert.equal(ids[index], accepted.get(first));
  }
});

Deno.test("a client gives a bus up that says it accepted more sends than one frame may", async () => {
  const transport = memoryTransport();
  await using listener = await transport.listen();
  const serving = (async () => {
    for await (const connection of listener) {
      const channel = new FrameChannel(connection, {
        clock: new VirtualClock(),
        tasks: systemTasks,
        maxFrameBytes: 65_536,
      });
      const welcome = {
        ...{ version: 1, bus: "b", maxMessageBytes: 1_000, sendWindow: 9 },
        ...{ heartbeatMs: 1_000, requestTimeoutMs: 1_000 },
      };
      await channel.run(({ kind, id }) => {
        if (kind === FrameKind.hello) {
          const { bytes } = encodePayload(welcome);
          channel.send(frame(FrameKind.welcome, { payload: bytes }));
        } else if (kind === FrameKind.send) {
          const aux = LIMITS.maxSettledAtOnce;
          channel.send(frame(FrameKind.accepted, { id, aux }));
        }
      }).catch(() => {});
    }
  })();
  const agent = await connect(transport, { name: "a", reconnect: false });
  const sent = agent.send("b", 1, { requiresAck: true });
  assert.equal(await codeOf(sent), "closed");
  await agent.close();
  await listener.close();
  await serving;
});

Deno.test("S7 MessageBus keeps the payload of each message with headers that comes over a connection", async () => {
  await using bus = new MessageBus();
  const transport = memoryTransport();
  await bus.listen(transport);
  const taker = bus.agent("taker");
  await using sender = await connect(transport, { name: "sender" });
  const headers = { "content-type": "application/json" };
  for (const number of upTo(200)) {
    const payload = { number, text: `${number} `.repeat(20) };
    await sender.send("taker", payload, { headers });
  }
  const taken: unknown[] = [];
  await until("all wait", () => bus.stats().pendingMessages === 200);
  taker.receive(({ payload }) => void taken.push(payload));
  await until("all are taken", () => taken.length === 200);
  assert.deepEqual(
    taken,
    upTo(200).map((number) => ({ number, text: `${number} `.repeat(20) })),
  );
});

Deno.test("S7 MessageBus keeps what each head says apart, however many say almost the same", async () => {
  await using bus = new MessageBus();
  const transport = memoryTransport();
  await bus.listen(transport);
  await using a = await connect(transport, { name: "a" });
  bus.agent("b");
  bus.agent("c");
  await bus.agent("b").subscribe("t", () => {});
  const usual = { topic: "t", priority: 50, ttlMs: 9_000, correlationId: "x" };
  type Options = typeof usual & { requiresAck?: boolean };
  const plain: [string, unknown, Options] = ["b", 1, usual];
  const others: typeof plain[] = [
    ["c", 1, usual],
    ["b", 1, { ...usual, topic: "u" }],
    ["b", 1, { ...usual, priority: 51 }],
    ["b", 1, { ...usual, ttlMs: 9_001 }],
    ["b", 1, { ...usual, correlationId: "xy" }],
    ["b", 1, { ...usual, requiresAck: true }],
    ["b", new Uint8Array([49]), usual],
  ];
  const said = ({ type, recipient, payload, ...rest }: Message) => {
    const { topic, priority, ttlMs, correlationId, requiresAck } = rest;
    const options = { topic, priority, ttlMs, correlationId };
    const ack = requiresAck ? { requiresAck } : {};
    return [type, recipient, payload, { ...options, ...ack }];
  };
  const expected: unknown[] = [];
  const ids: string[] = [];
  for (const other of others) {
    for (const [recipient, payload, options] of [plain, other]) {
      ids.push(await a.send(recipient, payload, options));
      expected.push(["direct", recipient, payload, options]);
    }
  }
  ids.push(await a.broadcast(1, usual), await a.publish("t", 1, usual));
  expected.push(["direct", undefined, 1, usual]);
  expected.push(["publish", undefined, 1, usual]);
  await until("all are there", () => bus.history().length === ids.length);
  const entries = ids.map((id) => bus.message(id));
  const messages = entries.flatMap((entry) => entry ? [entry.message] : []);
  assert.deepEqual(messages.map(said), expected);
});

Deno.test("S7 MessageBus reads heads in whichever order their fields come", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const transport = memoryTransport();
  await bus.listen(transport);
  const { channel } = await joinAs("i1", transport, clock);
  bus.agent("b");
  const field = (tag: number, text: string) => [
    ...[tag, 0, text.length],
    ...new TextEncoder().encode(text),
  ];
  const type = [HeadTag.type, 0, 1, 0];
  const recipient = field(HeadTag.recipient, "b");
  const topic = field(HeadTag.topic, "t");
  const requestId = field(HeadTag.requestId, "r");
  const correlationId = field(HeadTag.correlationId, "c");
  const ids = upTo(4).map(() => crypto.randomUUID());
  const heads = ids.map((id) => field(HeadTag.id, id)).map((id, index) =>
    [
      [type, id, recipient, topic, requestId, correlationId],
      [type, recipient, id, topic, requestId, correlationId],
      [type, recipient, id, requestId, topic, correlationId],
      [type, recipient, id, requestId, correlationId, topic],
    ][index]?.flat() ?? []
  );
  for (const head of heads) {
    channel.send(
      frame(FrameKind.send, {
        head: new Uint8Array(head),
        payload: encodePayload(1).bytes,
      }),
    );
  }
  await until("all are there", () => bus.history().length === ids.length);
  for (const id of ids) {
    const { message } = bus.message(id) ?? {};
    assert.deepEqual(
      [message?.recipient, message?.requestId, message?.correlationId],
      ["b", "r", "c"],
    );
  }
});
