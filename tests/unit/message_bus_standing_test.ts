import assert from "node:assert/strict";
import { MessageBus } from "../../mod.ts";
import { settle } from "../simulation/model/step_clock.ts";

Deno.test("MessageBus.agents() counts what a closed subscription still has in hand", async () => {
  await using bus = new MessageBus();
  const agent = bus.agent("a");
  const { promise, resolve } = Promise.withResolvers<void>();
  const subscription = agent.receive(() => promise);
  await agent.send("a", 1);
  await settle();
  const closed = subscription.close();
  assert.equal(bus.agents()[0]?.inFlight, 1);
  resolve();
  await closed;
});

Deno.test("MessageBus.agents() shows the durable subscriptions of an agent that has come back", async () => {
  await using bus = new MessageBus();
  const agent = bus.agent("a");
  await agent.subscribe("jobs", () => {}, { durable: "d" });
  await agent.close();
  const back = bus.agent("a");
  await back.publish("jobs", 1);
  const [info] = bus.agents();
  assert.equal(info?.mailboxDepth, 1);
  assert.deepEqual(info?.subscriptions.map(({ pattern }) => pattern), ["jobs"]);
});
