import assert from "node:assert/strict";
import { Display } from "../../inspector/display.ts";
import { Redaction } from "../../inspector/redaction.ts";
import { BRIEFLY } from "../../inspector/shown.ts";
import { PulseSchema, StatsSchema } from "../../inspector/state_schemas.ts";
import { MessageBus } from "../../mod.ts";
import { memoryStore } from "../../storage/memory_store.ts";
import { KEEP, MortalStore } from "../support/durable_lives.ts";
import { call, createInspector } from "./inspector_fixture.ts";

Deno.test("X7 /readyz turns away until the store is read, while it fails, and when it cannot be opened", async () => {
  const kept = memoryStore();
  const store = new MortalStore(kept);
  await using bus = new MessageBus({ store });
  const app = createInspector(bus, { token: false });
  const early = await call(app, "GET", "/readyz");
  assert.equal(early.status, 503);
  assert.match(early.value.error.message, /the store is being read$/);
  await bus.ready();
  assert.equal((await call(app, "GET", "/readyz")).status, 200);
  const boss = bus.agent("boss");
  bus.agent("worker", { durable: true });
  store.isFull = true;
  await assert.rejects(boss.send("worker", 1, KEEP), { code: "storage" });
  const failing = await call(app, "GET", "/readyz");
  assert.equal(failing.status, 503);
  assert.match(failing.value.error.message, /the disk is full/);
  store.isFull = false;
  await boss.send("worker", 2, KEEP);
  assert.equal((await call(app, "GET", "/readyz")).status, 200);
  await using second = new MessageBus({ store: kept });
  await assert.rejects(second.ready(), { code: "storage" });
  const other = createInspector(second, { token: false });
  assert.equal((await call(other, "GET", "/readyz")).status, 503);
});

Deno.test("X5 the API, the events and /metrics tell the same of the store, and nothing that is not described", async () => {
  await using bus = new MessageBus({ store: memoryStore() });
  await bus.ready();
  bus.agent("worker", { durable: true });
  await bus.agent("boss").send("worker", 1, KEEP);
  const { store } = bus.stats();
  assert.ok(store && store.records > 0 && store.bytes > 0);
  const app = createInspector(bus, { token: false });
  const { value: stats } = await call(app, "GET", "/api/stats");
  assert.deepEqual(stats.store, store);
  assert.deepEqual(stats.health, { ready: true });
  StatsSchema.strict().parse(stats);
  const events = await app.request("/api/events?stats=true");
  const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("event: stats")) text += (await reader?.read())?.value;
  await reader?.cancel();
  const [, pulse = ""] = /event: stats\ndata: (.+)/.exec(text) ?? [];
  assert.deepEqual(JSON.parse(pulse).store, store);
  PulseSchema.strict().parse(JSON.parse(pulse));
  const metrics = await (await app.request("/metrics")).text();
  const labels = `{store="memory"}`;
  assert.ok(
    metrics.includes(`busbar_store_records${labels} ${store.records}\n`),
  );
  assert.ok(metrics.includes(`busbar_store_bytes${labels} ${store.bytes}\n`));
  assert.ok(metrics.includes("busbar_ready 1\n"));
});

Deno.test("whatever event carries a message, what is to be hidden of it is, and what is large is not shown", () => {
  const display = new Display(new Redaction(["password"]));
  const message = {
    ...{ id: "m", sender: "a", recipient: "b", priority: 50, timestamp: 0 },
    ...{ type: "direct", attempt: 1, requiresAck: true } as const,
    payload: { password: "secret", file: "x".repeat(20_000) },
  };
  const accepted = { type: "message_accepted", mailboxes: [] } as const;
  const restored = {
    ...{ type: "message_restored", mailbox: "b" } as const,
    ...{ attempts: 0, failures: 0, delayMs: 0 },
  };
  for (const event of [accepted, restored]) {
    const whole = { ...event, at: 0, bytes: 20_000, message };
    assert.deepEqual(
      display.event(whole, BRIEFLY),
      { ...whole, message: { ...message, payload: { $truncated: true } } },
    );
    const small = { ...message, payload: { password: "secret" } };
    const shown = JSON.stringify(display.event({ ...whole, message: small }));
    assert.equal(shown.includes("secret"), false, event.type);
  }
});
