import assert from "node:assert/strict";
import { StatsSource } from "../../inspector/stats_source.ts";
import { MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { call, setup } from "./inspector_fixture.ts";

Deno.test("PUT /api/rules/:id keeps a rule's count, and its place among those of its priority", async () => {
  await using test = await setup();
  const { router } = test.bus;
  router.addRule({ id: "first", priority: 50, match: { topic: "jobs.*" } });
  router.addRule({ id: "second", priority: 50 });
  await test.bus.agent("a").publish("jobs.one", 1);
  const changed = { priority: 50, match: { topic: "jobs.>" } };
  const { value } = await call(test.app, "PUT", "/api/rules/first", changed);
  assert.deepEqual([value.matches, value.match.topic], [1, "jobs.>"]);
  assert.deepEqual(router.rules().map(({ id }) => id), ["first", "second"]);
  const bad = { priority: 50, handler: "nobody" };
  assert.equal(
    (await call(test.app, "PUT", "/api/rules/first", bad)).status,
    400,
  );
  assert.equal(router.rule("first")?.matches, 1);
});

Deno.test("/api/traffic names what requests were refused for, until somebody serves it", async () => {
  await using test = await setup();
  const sender = test.bus.agent("a");
  for (let n = 0; n < 3; n++) {
    await assert.rejects(sender.request("nobody", n), { code: "no_recipient" });
  }
  const refused = async () =>
    (await call(test.app, "GET", "/api/traffic")).value.refused;
  assert.deepEqual(await refused(), [{ name: "nobody", requests: 3 }]);
  test.bus.agent("nobody").respond(() => 1);
  assert.deepEqual(await refused(), []);
});

Deno.test("a pulse tells how long messages took since the pulse before", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const source = new StatsSource(bus, clock);
  const sender = bus.agent("sender");
  const first = bus.agent("worker", { durable: true });
  await sender.send("worker", 1);
  await clock.advance(2_000);
  first.receive(() => {});
  while (bus.stats().totalDelivered < 1) await clock.advance(0);
  const slow = source.pulse().recentLatencyMs;
  assert.ok(slow.p50 >= 1_950 && slow.max <= 2_070, `${slow.p50}`);
  await clock.advance(1_000);
  await sender.send("worker", 2);
  while (bus.stats().totalDelivered < 2) await clock.advance(0);
  const { recentLatencyMs, latencyMs } = source.pulse();
  assert.ok(recentLatencyMs.max < 10, `${recentLatencyMs.max}`);
  assert.ok(latencyMs.max >= 2_000);
});
