import assert from "node:assert/strict";
import type { Agent } from "../../bus/agent.ts";
import { LIMITS } from "../../core/limits.ts";
import type { FaultRule } from "../../testing/fault_rule.ts";
import { TestBus } from "../../testing/test_bus.ts";
import { sleep } from "../../core/clock.ts";
import type { Transport } from "../../transports/transport.ts";
import { memoryTransport } from "../../transports/memory.ts";

/** Joins in the way that is tested. */
type Join = (
  bus: TestBus,
  name: string,
  transport?: Transport,
) => Promise<Agent>;

const WAYS: Record<string, Join> = {
  "an agent of this process": (bus, name) => Promise.resolve(bus.agent(name)),
  "an agent that connects": (bus, name, transport = memoryTransport()) =>
    bus.connect(transport, { name, reconnect: false }),
};

for (const [way, join] of Object.entries(WAYS)) {
  Deno.test(`${way}: a dropped message is lost, and comes again where an ack is required`, async () => {
    await using bus = new TestBus({ delivery: { ackTimeoutMs: 1_000 } });
    const attempts = await countAttempts(bus, await join(bus, "worker"));
    bus.faults.inject({ kind: "drop", agent: "worker", times: 2 });
    const ada = bus.agent("ada");
    await ada.send("worker", "a");
    await ada.send("worker", "b", { requiresAck: true });
    await bus.clock.advance(900);
    assert.deepEqual(attempts, []);
    await bus.clock.advance(60_000);
    assert.deepEqual(attempts, ["b 2"]);
    assert.equal(bus.stats().totalAcked, 1);
    assert.equal(bus.faults.counts.drop, 2);
  });

  Deno.test(`${way}: the sender of a dropped request waits in vain`, async () => {
    await using bus = new TestBus();
    const model = await join(bus, "model");
    let asked = 0;
    model.respond(() => ++asked);
    await bus.clock.advance(0);
    bus.faults.inject({ kind: "drop", agent: "model", times: 1 });
    const ada = bus.agent("ada");
    const lost = assert.rejects(ada.request("model", 1, { timeoutMs: 500 }), {
      code: "request_timeout",
    });
    await bus.clock.advance(500);
    await lost;
    assert.equal((await ada.request("model", 2)).payload, 1);
  });

  Deno.test(`${way}: a delayed message comes so much later, and what waits behind it`, async () => {
    await using bus = new TestBus();
    const worker = await join(bus, "worker");
    const heard: string[] = [];
    worker.receive(({ payload }) => {
      heard.push(`${payload} ${bus.clock.monotonic()}`);
    });
    bus.faults.inject({ kind: "delay", delayMs: 700, payload: "a" });
    const ada = bus.agent("ada");
    await ada.send("worker", "a");
    await ada.send("worker", "b");
    await bus.clock.advance(60_000);
    assert.deepEqual(heard, ["a 700", "b 700"]);
  });

  Deno.test(`${way}: a duplicate is handled twice, and what the second handling makes of it counts`, async () => {
    await using bus = new TestBus();
    const worker = await join(bus, "worker");
    const heard: unknown[] = [];
    worker.receive((message, delivery) => {
      const { payload, attempt } = message;
      assert.equal(delivery.message.attempt, attempt);
      heard.push([payload, attempt, delivery.redelivered]);
      if (attempt === 1) delivery.reject("lost with the connection");
    });
    bus.faults.inject({ kind: "duplicate", times: 1 });
    const ada = bus.agent("ada");
    await ada.send("worker", "a", { requiresAck: true });
    await bus.clock.advance(60_000);
    assert.deepEqual(heard, [["a", 1, false], ["a", 2, true]]);
    assert.equal(bus.stats().totalAcked, 1);
    assert.equal(bus.deadLetters.size, 0);
  });

  Deno.test(`${way}: a duplicated request is answered once, in pieces too`, async () => {
    await using bus = new TestBus();
    const model = await join(bus, "model");
    let asked = 0;
    model.respond(async function* () {
      asked++;
      yield asked;
      await null;
      yield -asked;
    });
    await bus.clock.advance(0);
    bus.faults.inject({ kind: "duplicate", type: "request" });
    const pieces = await Array.fromAsync(
      bus.agent("ada").stream("model", null),
    );
    assert.deepEqual(pieces, [2, -2]);
  });

  Deno.test(`${way}: a handler that throws after its work does the work again`, async () => {
    await using bus = new TestBus();
    const attempts = await countAttempts(bus, await join(bus, "worker"));
    bus.faults.inject({ kind: "throw", times: 1 });
    bus.faults.inject({ kind: "throw", point: "before", times: 1 });
    await bus.agent("ada").send("worker", "a", { requiresAck: true });
    await bus.clock.advance(60_000);
    assert.deepEqual(attempts, ["a 1", "a 3"]);
    const [entry] = bus.history();
    assert.deepEqual(
      entry?.deliveries.map(({ error }) => error),
      ["Injected fault: throw", "Injected fault: throw", undefined],
    );
  });

  Deno.test(`${way}: a responder that throws fails the request, after its pieces too`, async () => {
    await using bus = new TestBus();
    const model = await join(bus, "model");
    model.respond(({ payload }) => payload === "whole" ? 1 : pieces());
    await bus.clock.advance(0);
    bus.faults.inject({ kind: "throw" });
    const ada = bus.agent("ada");
    const failure = { code: "remote", message: "Injected fault: throw" };
    await assert.rejects(ada.request("model", "whole"), failure);
    const heard: unknown[] = [];
    const listening = async () => {
      for await (const piece of ada.stream("model", "pieces")) {
        heard.push(piece);
      }
    };
    await assert.rejects(listening(), failure);
    assert.deepEqual(heard, [1, 2]);
  });

  Deno.test(`${way}: what an agent has in hand that leaves while it works goes to the next`, async () => {
    await using bus = new TestBus();
    const boss = bus.probe("boss");
    const begun: string[] = [];
    const transport = memoryTransport();
    for (const instance of ["one", "two"]) {
      const worker = await join(bus, "worker", transport);
      worker.receive(async ({ payload, attempt }) => {
        begun.push(`${payload} ${attempt}`);
        await sleep(bus.clock, 100);
        await worker.send("boss", instance);
      });
    }
    await bus.clock.advance(0);
    bus.faults.inject({ kind: "disconnect", agent: "worker", times: 1 });
    const ada = bus.agent("ada");
    await ada.send("worker", "a", { requiresAck: true });
    await boss.expectMessage({ sender: "worker", withinMs: 100 });
    await boss.expectNoMessage({ withinMs: 60_000 });
    assert.deepEqual(begun, ["a 1", "a 2"]);
    const worker = bus.agents().find(({ name }) => name === "worker");
    assert.equal(worker?.instances, 1);
    assert.equal(bus.stats().totalAcked, 1);
  });
}

Deno.test("a loop over an inbox goes wrong as a handler does", async () => {
  await using bus = new TestBus({ delivery: { ackTimeoutMs: 1_000 } });
  const worker = bus.agent("worker");
  const heard: string[] = [];
  const loop = async () => {
    for await (const delivery of worker.inbox<string>()) {
      const { payload, attempt } = delivery.message;
      heard.push(`${payload} ${attempt} ${bus.clock.monotonic()}`);
      delivery.ack();
    }
  };
  const looping = loop();
  const ended = assert.rejects(looping, /Injected fault: throw/);
  bus.faults.inject({ kind: "drop", payload: "a", times: 1 });
  bus.faults.inject({ kind: "duplicate", payload: "b" });
  bus.faults.inject({ kind: "delay", delayMs: 100, payload: "c" });
  bus.faults.inject({ kind: "throw", payload: "d" });
  const ada = bus.agent("ada");
  for (const payload of ["a", "b", "c"]) {
    await ada.send("worker", payload, { requiresAck: true });
  }
  await bus.clock.advance(60_000);
  assert.deepEqual(heard, ["b 1 0", "b 2 0", "c 1 100", "a 2 1000"]);
  await ada.send("worker", "d", { requiresAck: true });
  await bus.clock.advance(0);
  await ended;
  assert.equal(bus.stats().totalAcked, 4);
});

Deno.test("who leaves the loop over an inbox gives back what is not settled", async () => {
  await using bus = new TestBus();
  const worker = bus.agent("worker");
  await bus.agent("ada").send("worker", "a", { requiresAck: true });
  for await (const _ of worker.inbox()) break;
  for await (const delivery of worker.inbox()) {
    assert.equal(delivery.message.attempt, 2);
    break;
  }
  assert.equal(bus.clock.monotonic(), 0);
});

Deno.test("an agent leaves in the middle of its inbox's loop", async () => {
  await using bus = new TestBus();
  const worker = bus.agent("worker");
  bus.faults.inject({ kind: "disconnect" });
  const heard: unknown[] = [];
  const loop = async () => {
    for await (const { message, signal } of worker.inbox()) {
      heard.push(message.payload);
      await new Promise<void>((resolve) =>
        signal.addEventListener("abort", () => resolve())
      );
    }
  };
  const looping = loop();
  await bus.agent("ada").send("worker", "a", { requiresAck: true });
  await bus.clock.advance(10);
  await looping;
  assert.deepEqual(heard, ["a"]);
  assert.deepEqual(bus.agents().map(({ name }) => name), ["ada"]);
});

Deno.test("faults by chance are the same with the same seed, and about as many as their chance says", async () => {
  const rule: FaultRule = { kind: "duplicate", agent: "worker", chance: 0.2 };
  const [one, same, other] = [
    await faultsOf(rule, 3),
    await faultsOf(rule, 3),
    await faultsOf(rule, 4),
  ];
  assert.deepEqual(same, one);
  assert.notDeepEqual(other, one);
  assert.ok(one.length > 120 && one.length < 280, `${one.length} of 1,000`);
});

Deno.test("of several rules the first that strikes counts, and none once they are healed", async () => {
  await using bus = new TestBus();
  const worker = bus.agent("worker");
  let handled = 0;
  worker.receive(() => void handled++);
  await worker.subscribe("jobs.>", () => void handled++);
  bus.faults.inject({ kind: "drop", agent: "other" });
  bus.faults.inject({ kind: "drop", chance: 0 });
  bus.faults.inject({ kind: "drop", topic: "jobs.a", times: 1 });
  bus.faults.inject({ kind: "duplicate", sender: "ada", type: "publish" });
  const ada = bus.agent("ada");
  await ada.publish("jobs.a", 1);
  await ada.publish("jobs.a", 2);
  await ada.send("worker", 3);
  await bus.clock.advance(5);
  assert.equal(handled, 3);
  assert.equal(
    String(bus.faults),
    '0 ms: drop at "worker", attempt 1: publish from "ada" on "jobs.a": 1\n' +
      '0 ms: duplicate at "worker", attempt 1: publish from "ada" on "jobs.a": 2',
  );
  bus.faults.heal();
  await ada.publish("jobs.a", 4);
  await bus.clock.advance(5);
  assert.equal(handled, 4);
  assert.deepEqual(bus.faults.counts, {
    ...{ drop: 1, delay: 0, duplicate: 1, throw: 0, disconnect: 0 },
  });
});

Deno.test("an injector remembers its last faults, and takes so many rules", async () => {
  await using bus = new TestBus();
  bus.agent("worker").receive(() => {});
  bus.faults.inject({ kind: "duplicate" });
  const ada = bus.agent("ada");
  const { maxInjectedFaults, maxFaultRules } = LIMITS;
  for (let n = 0; n <= maxInjectedFaults; n++) {
    await ada.send("worker", n);
    if (n % 100 === 0) await bus.clock.advance(0);
  }
  await bus.clock.advance(0);
  assert.equal(bus.faults.injected.length, maxInjectedFaults);
  assert.equal(bus.faults.counts.duplicate, maxInjectedFaults + 1);
  assert.match(bus.faults.injected[0]?.text ?? "", /: 1$/);
  for (let n = 1; n < maxFaultRules; n++) bus.faults.inject({ kind: "drop" });
  assert.throws(() => bus.faults.inject({ kind: "drop" }), RangeError);
});

Deno.test("nothing goes wrong with a probe", async () => {
  await using bus = new TestBus();
  bus.faults.inject({ kind: "drop" });
  const near = bus.probe("near");
  const far = bus.probe(await bus.connect(memoryTransport(), { name: "far" }));
  const here = bus.probe(bus.agent("here"));
  await bus.clock.advance(0);
  await bus.agent("ada").broadcast("all");
  for (const probe of [near, far, here]) {
    await probe.expectMessage({ payload: "all" });
  }
});

Deno.test("a rule that could not mean anything is refused", async () => {
  await using bus = new TestBus();
  const wrong: FaultRule[] = [
    { kind: "lose" as FaultRule["kind"] },
    { kind: "drop", chance: 1.5 },
    { kind: "drop", chance: NaN },
    { kind: "drop", times: -1 },
    { kind: "drop", agent: "a b" },
    { kind: "drop", topic: "a..b" },
    { kind: "delay" },
    { kind: "delay", delayMs: 0.5 },
    { kind: "drop", delayMs: 5 },
    { kind: "drop", point: "before" },
  ];
  for (const rule of wrong) {
    assert.throws(
      () => bus.faults.inject(rule),
      RangeError,
      JSON.stringify(rule),
    );
  }
});

/** Handles what the agent is sent. @returns Each payload and attempt, as it comes. */
async function countAttempts(bus: TestBus, agent: Agent): Promise<string[]> {
  const attempts: string[] = [];
  agent.receive(({ payload, attempt }) => {
    attempts.push(`${payload} ${attempt}`);
  });
  await bus.clock.advance(0);
  return attempts;
}

/** Which of a thousand messages went wrong. */
async function faultsOf(rule: FaultRule, seed: number): Promise<string[]> {
  await using bus = new TestBus({ seed });
  bus.agent("worker").receive(() => {});
  bus.faults.inject(rule);
  const ada = bus.agent("ada");
  for (let n = 0; n < 1_000; n++) await ada.send("worker", n);
  await bus.clock.advance(0);
  return bus.faults.injected.map(({ text }) => text);
}

async function* pieces(): AsyncGenerator<number> {
  yield 1;
  await null;
  yield 2;
}
