import assert from "node:assert/strict";
import { type Agent, connect, MessageBus } from "../../mod.ts";
import { memoryStore } from "../../storage/memory_store.ts";
import { memoryTransport } from "../../transports/memory.ts";
import { until } from "../support/agent_stage.ts";

interface Task {
  text: string;
}

/** A bus that listens, and an agent at the other end of a connection. */
async function setUp() {
  const bus = new MessageBus();
  const transport = memoryTransport();
  await bus.listen(transport);
  const far = await connect(transport, { name: "far" });
  return { bus, far };
}

Deno.test("S7 what a handler changes of a message that came over a connection, no other recipient sees, nor the history", async () => {
  const { bus, far } = await setUp();
  await using _bus = bus;
  await using _far = far;
  const seen: string[] = [];
  for (const name of ["a", "b"]) {
    await bus.agent(name).subscribe<Task>("tasks", ({ payload }) => {
      seen.push(payload.text);
      payload.text += `, seen by ${name}`;
    });
  }
  await far.publish("tasks", { text: "as sent" });
  await until("both have it", () => seen.length === 2);
  assert.deepEqual(seen, ["as sent", "as sent"]);
  const [entry] = bus.history({ topic: "tasks" });
  assert.deepEqual(entry?.message.payload, { text: "as sent" });
});

Deno.test("S7 what a handler changes before it fails, the next attempt does not see", async () => {
  const { bus, far } = await setUp();
  await using _bus = bus;
  await using _far = far;
  const seen: unknown[] = [];
  bus.agent("near").receive<Task>(({ payload, attempt }, delivery) => {
    seen.push([attempt, payload.text]);
    payload.text = "changed";
    if (attempt < 3) delivery.nack();
  });
  await far.send("near", { text: "as sent" }, { requiresAck: true });
  await until("it is done", () => bus.stats().totalAcked === 1);
  assert.deepEqual(seen, [[1, "as sent"], [2, "as sent"], [3, "as sent"]]);
});

Deno.test("S7 what a requester changes of a reply that came over a connection, the history does not show", async () => {
  const { bus, far } = await setUp();
  await using _bus = bus;
  await using _far = far;
  await far.respond<string>(({ payload }) => ({ text: payload })).ready;
  const reply = await bus.agent("near").request<Task>("far", "as answered");
  reply.payload.text = "changed";
  const [entry] = bus.history({ type: "response" });
  assert.deepEqual(entry?.message.payload, { text: "as answered" });
});

Deno.test("S7 each handler of a rule sees what the one before has made of a message, and its recipient what was sent", async () => {
  const { bus, far } = await setUp();
  await using _bus = bus;
  await using _far = far;
  const seen: unknown[] = [];
  for (const name of ["first", "second"]) {
    bus.router.registerHandler(name, ({ payload }) => {
      const task = payload as Task;
      seen.push(task.text);
      task.text += `, then ${name}`;
    });
    bus.router.addRule({ id: name, priority: 1, handler: name });
  }
  bus.agent("near").receive<Task>(({ payload }) =>
    void seen.push(payload.text)
  );
  await far.send("near", { text: "as sent" });
  await until("it has come", () => seen.length === 3);
  assert.deepEqual(seen, ["as sent", "as sent, then first", "as sent"]);
});

Deno.test("S7 a reply over a connection has the urgency of its request, whatever it answers with", async () => {
  const { bus, far } = await setUp();
  await using _bus = bus;
  await using _far = far;
  bus.agent("near").respond(({ payload }) =>
    payload === "bytes" ? new Uint8Array([1, 255]) : payload
  );
  const ask = (payload: string) =>
    far.request("near", payload, { priority: 77 });
  const [bytes, text] = await Promise.all([ask("bytes"), ask("text")]);
  assert.deepEqual(bytes.payload, new Uint8Array([1, 255]));
  assert.equal(text.payload, "text");
  assert.deepEqual([bytes.priority, text.priority], [77, 77]);
});

/** A payload that sends another message each time somebody reads it. */
function chatty(agent: Agent, requiresAck: boolean) {
  return {
    get text(): string {
      agent.send("log", "read", { requiresAck }).catch(() => {});
      return "as sent";
    },
  };
}

for (
  const [where, requiresAck] of [
    ["far", false],
    ["far", true],
    ["near", false],
    ["near", true],
  ] as const
) {
  Deno.test(`S7 a payload that sends while it is read, ${where}${requiresAck ? " and kept" : ""}, gets to its own recipient`, async () => {
    await using bus = new MessageBus({ store: memoryStore() });
    await bus.ready();
    const transport = memoryTransport();
    await bus.listen(transport);
    await using far = await connect(transport, { name: "far" });
    await using log = await connect(transport, { name: "log" });
    const sender = where === "far" ? far : bus.agent("near");
    const [to, recipient] = where === "far"
      ? ["near", bus.agent("near")] as const
      : ["far", far] as const;
    const logged: unknown[] = [];
    const received: unknown[] = [];
    await log.receive(({ payload }) => void logged.push(payload)).ready;
    await recipient.receive(({ payload }) => void received.push(payload)).ready;
    await recipient.respond(({ payload }) => payload).ready;
    await sender.send(to, chatty(sender, requiresAck), { requiresAck });
    await until("it has come", () => received.length === 1);
    assert.deepEqual(received, [{ text: "as sent" }]);
    const reply = await sender.request(to, chatty(sender, requiresAck));
    assert.deepEqual(reply.payload, { text: "as sent" });
    await until("all is done", () => bus.stats().pendingMessages === 0);
    assert.deepEqual([...new Set(logged)], ["read"]);
  });
}

Deno.test("bus.history() reads a large payload when it is looked at, once, and shows it as any other", async () => {
  const { bus, far } = await setUp();
  await using _bus = bus;
  await using _far = far;
  bus.agent("near");
  const payload = { text: "x".repeat(2_000), n: [1, { deep: null }] };
  const bytes = crypto.getRandomValues(new Uint8Array(2_000));
  await far.send("near", payload, { requiresAck: true });
  await far.send("near", bytes, { requiresAck: true });
  const parse = JSON.parse;
  let parsed = 0;
  JSON.parse = (...given) => {
    parsed++;
    return parse(...given);
  };
  try {
    const [second, first] = bus.history().map(({ message }) => message);
    assert.ok(first && second);
    assert.equal(first.sender, "far");
    assert.equal(parsed, 0);
    assert.deepEqual(first.payload, payload);
    assert.equal(first.payload, first.payload);
    assert.equal(parsed, 1);
    assert.deepEqual(second.payload, bytes);
    for (const copy of [{ ...first }, structuredClone(first)]) {
      assert.deepEqual(copy, first);
      assert.deepEqual(copy.payload, payload);
    }
    assert.deepEqual(parse(JSON.stringify(first)).payload, payload);
    assert.deepEqual(Object.keys(first).sort(), Object.keys(second).sort());
    assert.equal(parsed, 1);
  } finally {
    JSON.parse = parse;
  }
});
