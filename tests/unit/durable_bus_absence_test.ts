import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { MessageBus } from "../../mod.ts";
import { LIMITS } from "../../core/limits.ts";
import { memoryStore } from "../../storage/memory_store.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { inLives, KEEP, MortalStore } from "../support/durable_lives.ts";

Deno.test("whoever was there is waited for after a kill, though no message had come for it", async () => {
  await inLives([
    async ({ bus }) => {
      bus.agent("worker").receive(() => {});
      await bus.agent("reader").subscribe("news", () => {});
      // As an agent that sends to the bus and takes nothing, it is not missed.
      bus.agent("boss");
      await setTimeout(5);
    },
    async ({ bus }) => {
      const boss = bus.agent("chief");
      await boss.send("worker", "job", KEEP);
      await boss.publish("news", "headline", KEEP);
      await boss.send("boss", "where are you?", KEEP);
      const [letter, ...more] = bus.deadLetters;
      assert.equal(letter?.agent, "boss");
      assert.deepEqual(more, []);
      const seen: unknown[] = [];
      const see = ({ payload }: { payload: unknown }) =>
        void seen.push(payload);
      bus.agent("worker").receive(see);
      await bus.agent("reader").subscribe("news", see);
      await bus.drain();
      assert.deepEqual(seen.sort(), ["headline", "job"]);
    },
  ]);
});

Deno.test("whoever was there before the store was read is waited for after a kill, too", async () => {
  const kept = memoryStore();
  const store = new MortalStore(kept);
  const first = new MessageBus({ store });
  first.agent("worker").receive(() => {});
  await first.ready();
  await setTimeout(5);
  await store.kill();
  await first.close();
  await using bus = new MessageBus({ store: kept });
  await bus.ready();
  await bus.agent("boss").send("worker", "job", KEEP);
  assert.equal(bus.deadLetters.size, 0);
});

Deno.test("whoever was there and does not come back is not waited for any longer, and not after the next kill", async () => {
  const clock = new VirtualClock();
  await inLives([
    async ({ bus }) => {
      bus.agent("worker").receive(() => {});
      await clock.advance(5);
    },
    async ({ bus, store }) => {
      assert.deepEqual(bus.agents().map(({ name }) => name), ["worker"]);
      await clock.advance(LIMITS.reconnectGraceMs);
      assert.deepEqual(bus.agents(), []);
      await clock.advance(5);
      assert.equal(store.size.records, 0);
    },
  ], { clock });
});

Deno.test("whoever leaves is not waited for after a kill", async () => {
  await inLives([
    async ({ bus, store }) => {
      const worker = bus.agent("worker");
      worker.receive(() => {});
      await setTimeout(5);
      assert.equal(store.size.records, 1);
      await worker.close();
      await setTimeout(5);
      assert.equal(store.size.records, 0);
    },
    ({ bus }) => {
      assert.deepEqual(bus.agents(), []);
      return Promise.resolve();
    },
  ]);
});

Deno.test("of a group, whoever is there is not waited for under another's name", async () => {
  const clock = new VirtualClock();
  const kept = memoryStore();
  const shared = { queue: "readers" };
  const store = new MortalStore(kept);
  const first = new MessageBus({ store, clock });
  await first.ready();
  await first.agent("reader").subscribe("news", () => {}, shared);
  await clock.advance(5);
  await store.kill();
  await first.close();
  await using bus = new MessageBus({ store: kept, clock });
  await bus.agent("successor").subscribe("news", () => {}, shared);
  await bus.ready();
  await clock.advance(LIMITS.reconnectGraceMs);
  const [agent, ...others] = bus.agents();
  assert.deepEqual(others, []);
  assert.equal(agent?.name, "successor");
  assert.equal(agent?.subscriptions.length, 1);
});

Deno.test("whoever leaves while a message passes the rules is not waited for after a kill", async () => {
  const clock = new VirtualClock();
  const passed = Promise.withResolvers<void>();
  await inLives([
    async ({ bus, store }) => {
      const worker = bus.agent("worker");
      worker.receive(() => {});
      bus.router.registerHandler("think", () => passed.promise);
      bus.router.addRule({ id: "slow", priority: 1, handler: "think" });
      const sent = bus.agent("boss").send("worker", "job", KEEP);
      await worker.close();
      passed.resolve();
      await sent;
      await clock.advance(5);
      assert.deepEqual(
        [...bus.deadLetters].map(({ reason }) => reason),
        ["undeliverable"],
      );
      assert.equal(
        store.size.records,
        2,
        "its letter, and the rule",
      );
    },
    ({ bus }) => {
      assert.deepEqual(bus.agents(), []);
      return Promise.resolve();
    },
  ], { clock });
});
