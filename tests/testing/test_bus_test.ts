import assert from "node:assert/strict";
import { BusError } from "../../core/errors.ts";
import { TestBus, type TestBusOptions } from "../../testing/test_bus.ts";
import { CuttableTransport } from "../support/cuttable_transport.ts";
import { memoryTransport } from "../../transports/memory.ts";

Deno.test("TestBus stands still until its clock is moved", async () => {
  await using bus = new TestBus({ nowMs: 5_000, requestTimeoutMs: 10 });
  bus.agent("model").respond(() => new Promise(() => {}));
  const asked = bus.agent("ada").request("model", null);
  asked.catch(() => {});
  await bus.clock.advance(9);
  assert.equal(bus.requests.pending().length, 1);
  await bus.clock.advance(1);
  await assert.rejects(asked, { code: "request_timeout" });
  assert.equal(bus.history()[0]?.message.timestamp, 5_000);
});

Deno.test("two runs with the same seed are the same, ids and waits included", async () => {
  const [one, same, other] = [
    await liveOnce({ seed: 7 }),
    await liveOnce({ seed: 7 }),
    await liveOnce({ seed: 8 }),
  ];
  assert.deepEqual(same, one);
  assert.notDeepEqual(other, one);
});

Deno.test("a fault more or less changes no id, and no wait between attempts", async () => {
  const calm = await liveOnce({ seed: 7 });
  const faulty = await liveOnce(
    { seed: 7 },
    (bus) => bus.faults.inject({ kind: "delay", delayMs: 0, chance: 0.5 }),
  );
  assert.deepEqual(faulty, calm);
});

Deno.test("TestBus.connect() gives its clock to the agent, and ends it with the bus", async () => {
  const transport = memoryTransport();
  const bus = new TestBus();
  const [far, near] = await Promise.all([
    bus.connect(transport, { name: "far", sendTimeoutMs: 1_000 }),
    bus.connect(transport, { name: "near" }),
  ]);
  near.respond(({ sender }) => `hello, ${sender}`);
  const { payload } = await far.request("near", null);
  assert.equal(payload, "hello, far");
  const late = far.request("near", null, { timeoutMs: 1_000, topic: "x" });
  await late;
  await bus.clock.advance(60_000);
  assert.deepEqual(bus.agents().map(({ name }) => name).sort(), [
    "far",
    "near",
  ]);
  await bus.close();
  await assert.rejects(far.send("near", 1), BusError);
  assert.equal(bus.clock.timers, 0);
});

Deno.test("an agent that connects waits by the clock of its bus", async () => {
  await using bus = new TestBus();
  const transport = new CuttableTransport();
  const far = await bus.connect(transport, {
    ...{ name: "far", sendTimeoutMs: 3_600_000 },
  });
  transport.isDown = true;
  await transport.cut();
  let isRefused = false;
  const sent = far.send("near", 1, { requiresAck: true });
  const refused = assert.rejects(sent.finally(() => isRefused = true));
  await bus.clock.advance(3_599_000);
  assert.equal(isRefused, false);
  await bus.clock.advance(1_000);
  assert.equal(isRefused, true);
  await refused;
});

Deno.test("TestBus.connect() takes a transport on which the bus listens already, and tries one again that failed", async () => {
  await using bus = new TestBus();
  const transport = memoryTransport();
  await bus.listen(transport);
  await using far = await bus.connect(transport, { name: "far" });
  assert.equal(far.name, "far");

  const taken = memoryTransport();
  const first = await taken.listen();
  const failed = bus.connect(taken, { name: "x" });
  await assert.rejects(failed, { code: "unreachable" });
  await first.close();
  await using there = await bus.connect(taken, { name: "x" });
  assert.equal(there.name, "x");
});

/** What becomes of a few messages, one of which fails at random times. */
async function liveOnce(
  options: TestBusOptions,
  prepare: (bus: TestBus) => void = () => {},
): Promise<unknown[]> {
  await using bus = new TestBus(options);
  prepare(bus);
  const worker = await bus.connect(memoryTransport(), { name: "worker" });
  worker.receive(async ({ attempt, payload }) => {
    if (attempt < 4) throw new Error("not yet");
    await worker.send("ada", payload);
  });
  const ada = bus.agent("ada");
  ada.receive(() => {});
  for (let n = 0; n < 3; n++) {
    await ada.send("worker", n, { requiresAck: true });
  }
  await bus.clock.advance(60_000);
  assert.equal(bus.stats().totalAcked, 3);
  return bus.history();
}
