import assert from "node:assert/strict";
import { MessageBus } from "../../mod.ts";
import { settle, StepClock } from "../simulation/model/step_clock.ts";

Deno.test("Agent.send() that repeats a waiting one is given up when its own signal aborts", async () => {
  await using bus = new MessageBus({ backpressure: { maxPending: 1 } });
  const agent = bus.agent("a");
  await agent.send("a", 0);
  const first = agent.send("a", 1, { deduplicationId: "x" });
  first.catch(() => {});
  const abort = new AbortController();
  const { signal } = abort;
  const second = agent.send("a", 1, { deduplicationId: "x", signal });
  abort.abort("enough");
  await assert.rejects(second, (reason) => reason === "enough");
  agent.receive(() => {});
  await first;
});

Deno.test("B3 MessageBus lets a publish in when a subscriber fewer makes it fit", async () => {
  const clock = new StepClock();
  await using bus = new MessageBus({ clock, backpressure: { maxPending: 2 } });
  const agent = bus.agent("a");
  await agent.send("a", 0);
  const one = await agent.subscribe("jobs", () => {});
  const two = await agent.subscribe("jobs", () => {});
  const published = agent.publish("jobs", 1);
  published.catch(() => {});
  await settle();
  assert.equal(bus.backpressure.waiting, 1);
  await one.close();
  await settle();
  assert.equal(bus.backpressure.waiting, 0);
  await published;
  await two.close();
});

Deno.test("B3 MessageBus lets a message in when a rule fewer makes it fit", async () => {
  const clock = new StepClock();
  await using bus = new MessageBus({ clock, backpressure: { maxPending: 2 } });
  const agent = bus.agent("a");
  bus.agent("b");
  await agent.send("a", 0);
  const action = { kind: "forward", recipient: "b" } as const;
  bus.router.addRule({ id: "copy", priority: 1, action });
  const sent = agent.send("a", 1);
  sent.catch(() => {});
  await settle();
  assert.equal(bus.backpressure.waiting, 1);
  bus.router.removeRule("copy");
  await settle();
  assert.equal(bus.backpressure.waiting, 0);
  await sent;
});
