import assert from "node:assert/strict";
import { MessageBus } from "../../bus/message_bus.ts";
import { TestBus } from "../../testing/test_bus.ts";
import { TestProbe } from "../../testing/test_probe.ts";
import { memoryTransport } from "../../transports/memory.ts";

Deno.test("expectMessage() takes the message that matches, and leaves the others", async () => {
  await using bus = new TestBus();
  const boss = bus.probe("boss");
  const ada = bus.agent("ada");
  const bob = bus.agent("bob");
  await ada.send("boss", 1);
  await bob.send("boss", 2, { topic: "jobs.done" });
  const { payload } = await boss.expectMessage({ sender: "bob" });
  assert.equal(payload, 2);
  assert.deepEqual(boss.messages.map(({ payload }) => payload), [1]);
  await boss.expectMessage({ sender: "a*".replace("a*", "*"), payload: 1 });
  await boss.expectNoMessage();
});

Deno.test("expectMessage() matches by type, topic pattern, payload value and function, all together", async () => {
  await using bus = new TestBus();
  const boss = bus.probe("boss");
  const ada = bus.agent("ada");
  const send = () =>
    ada.send("boss", { n: 1, to: ["x"] }, { topic: "jobs.a.done" });
  for (
    const wrong of [
      { type: "request" },
      { topic: "jobs.*" },
      { sender: "bob" },
      { payload: { n: 1 } },
      { payload: { n: 1, to: ["y"] } },
      { payload: ({ n }: { n: number }) => n === 2 },
      { topic: "jobs.>", payload: null },
    ] as const
  ) {
    await send();
    await assert.rejects(boss.expectMessage(wrong), { code: "ERR_ASSERTION" });
    await boss.expectMessage();
  }
  await send();
  await boss.expectMessage({
    type: "direct",
    topic: "jobs.*.done",
    sender: "ada",
    payload: { to: ["x"], n: 1, left: undefined },
  });
  await send();
  await boss.expectMessage<{ n: number }>({ payload: ({ n }) => n === 1 });
});

Deno.test("expectMessage() lets virtual time pass as far as the message needs, and no further", async () => {
  await using bus = new TestBus();
  const boss = bus.probe("boss");
  const worker = bus.agent("worker");
  bus.clock.schedule(3_600_000, () => void worker.send("boss", "late"));
  await assert.rejects(boss.expectMessage({ withinMs: 3_599_999 }));
  assert.equal(bus.clock.monotonic(), 3_599_999);
  await boss.expectMessage({ payload: "late", withinMs: 86_400_000 });
  assert.equal(bus.clock.monotonic(), 3_600_000);
});

Deno.test("expectMessage() says what it expected and what came instead, as much as helps", async () => {
  await using bus = new TestBus();
  const boss = bus.probe("boss");
  const ada = bus.agent("ada");
  await assert.rejects(boss.expectMessage({ topic: "a.>", withinMs: 5 }), {
    message:
      'Expected "boss" to receive a message with topic "a.>" within 5 ms: nothing came',
  });
  for (let n = 1; n <= 12; n++) {
    await ada.send("boss", "x".repeat(n === 1 ? 1_000 : 1));
  }
  const { message } = await failure(boss.expectMessage({ payload: [1] }));
  const [head, first = "", ...others] = message.split("\n");
  assert.equal(
    head,
    'Expected "boss" to receive a message with payload [1]: there came',
  );
  assert.match(first, /^ {2}direct from "ada" to "boss": "x{198}…$/);
  assert.equal(others.length, 10);
  assert.equal(others[0], '  direct from "ada" to "boss": "x"');
  assert.equal(others.at(-1), "  and 2 more");
});

Deno.test("a function over payloads that throws does not match, and is the error's cause", async () => {
  await using bus = new TestBus();
  const boss = bus.probe("boss");
  const ada = bus.agent("ada");
  await ada.send("boss", null);
  const hasJob = ({ job }: { job: { id: number } }) => job.id === 1;
  const { cause } = await failure(boss.expectMessage({ payload: hasJob }));
  assert.ok(cause instanceof TypeError);
  await ada.send("boss", { job: { id: 1 } });
  await boss.expectMessage({ payload: hasJob });
});

Deno.test("expectNoMessage() fails on what is there, and as soon as something comes", async () => {
  await using bus = new TestBus();
  const boss = bus.probe("boss");
  const ada = bus.agent("ada");
  await boss.expectNoMessage({ withinMs: 100 });
  assert.equal(bus.clock.monotonic(), 100);
  bus.clock.schedule(50, () => void ada.send("boss", "here", { topic: "a.b" }));
  await boss.expectNoMessage({ withinMs: 49 });
  await boss.expectNoMessage({ topic: "b.>", withinMs: 1 });
  const late = boss.expectNoMessage({ topic: "a.>", withinMs: 1_000 });
  await assert.rejects(late, {
    message:
      'Expected "boss" to receive no message with topic "a.>" within 1000 ms: there came\n' +
      '  direct from "ada" to "boss" on "a.b": "here"',
  });
  assert.equal(bus.clock.monotonic(), 150);
});

Deno.test("a probe takes publishes once it has subscribed", async () => {
  await using bus = new TestBus();
  const audit = bus.probe("audit");
  const ada = bus.agent("ada");
  await ada.publish("jobs.a", 1);
  await audit.subscribe("jobs.*");
  await ada.publish("jobs.b", 2);
  await audit.expectMessage({ type: "publish", topic: "jobs.b", payload: 2 });
  await audit.expectNoMessage();
});

Deno.test("a probe answers the requests that it was sent, or fails them", async () => {
  await using bus = new TestBus();
  const model = bus.probe("model");
  const ada = bus.agent("ada");
  const one = ada.request("model", "one");
  const two = ada.request("model", "two");
  const second = await model.expectMessage({ type: "request", payload: "two" });
  const first = await model.expectMessage({ type: "request", payload: "one" });
  model.reply(second, 2);
  model.fail(first, "no idea");
  assert.equal((await two).payload, 2);
  await assert.rejects(one, { code: "remote", message: "no idea" });
  assert.throws(() => model.reply(first, 1), RangeError);
});

Deno.test("a request that its sender gave up cannot be answered any more", async () => {
  await using bus = new TestBus({ requestTimeoutMs: 1_000 });
  const model = bus.probe("model");
  const asked = assert.rejects(bus.agent("ada").request("model", "one"), {
    code: "request_timeout",
  });
  const request = await model.expectMessage();
  await bus.clock.advance(1_000);
  await asked;
  assert.throws(() => model.reply(request, 1), RangeError);
});

Deno.test("a probe that nobody asks forgets its oldest messages, and says so", async () => {
  await using bus = new TestBus();
  const boss = bus.probe("boss");
  const ada = bus.agent("ada");
  for (let n = 0; n < 1_002; n++) await ada.send("boss", n);
  await assert.rejects(
    boss.expectMessage({ payload: 1 }),
    /2 older ones were forgotten/,
  );
  assert.equal(boss.messages.length, 1_000);
  await boss.expectMessage({ payload: 2 });
});

Deno.test("a probe of an agent that connects expects the same, at the same virtual times", async () => {
  await using bus = new TestBus();
  const transport = memoryTransport();
  const far = bus.probe(await bus.connect(transport, { name: "far" }));
  await far.subscribe("jobs.>");
  const relay = await bus.connect(transport, { name: "relay" });
  relay.receive(async ({ payload }) => {
    await relay.send("far", payload);
  });
  const ada = bus.agent("ada");
  bus.clock.schedule(1_000, () => void ada.send("relay", "a"));
  await far.expectMessage({ sender: "relay", payload: "a", withinMs: 1_000 });
  assert.equal(bus.clock.monotonic(), 1_000);
  await ada.publish("jobs.a", 7);
  await far.expectMessage({ topic: "jobs.a", payload: 7 });
  const answer = ada.request("far", "?");
  far.reply(await far.expectMessage({ type: "request" }), "!");
  assert.equal((await answer).payload, "!");
  await far.expectNoMessage({ withinMs: 60_000 });
});

Deno.test("on a bus with the machine's clock a probe waits in real time", async () => {
  await using bus = new MessageBus();
  const boss = new TestProbe(bus.agent("boss"));
  const ada = bus.agent("ada");
  const expected = boss.expectMessage({ payload: 1, withinMs: 60_000 });
  await ada.send("boss", 0);
  await ada.send("boss", 1);
  await expected;
  await boss.expectMessage({ payload: 0 });
  await boss.expectNoMessage({ withinMs: 1 });
});

Deno.test("what cannot be expected is refused at once", async () => {
  await using bus = new TestBus();
  const boss = bus.probe("boss");
  await assert.rejects(boss.expectMessage({ topic: "a.>.b" }), RangeError);
  await assert.rejects(boss.expectMessage({ sender: "" }), RangeError);
  await assert.rejects(boss.expectMessage({ withinMs: -1 }), RangeError);
  await assert.rejects(boss.expectNoMessage({ withinMs: 0.5 }), RangeError);
  await assert.rejects(
    boss.expectMessage({ payload: new Map() }),
    TypeError,
  );
});

/** The error that an expectation fails with. */
async function failure(expectation: Promise<unknown>): Promise<Error> {
  try {
    await expectation;
  } catch (error) {
    assert.ok(error instanceof assert.AssertionError, String(error));
    return error;
  }
  assert.fail("it did not fail");
}
