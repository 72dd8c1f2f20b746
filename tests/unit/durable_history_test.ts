import assert from "node:assert/strict";
import { LIMITS } from "../../core/limits.ts";
import { MessageBus } from "../../mod.ts";
import { memoryStore } from "../../storage/memory_store.ts";
import { VirtualClock } from "../../testing/mod.ts";
import { KEEP, MortalStore } from "../support/durable_lives.ts";

const DURABLE = { history: { durable: true } } as const;

Deno.test("history.durable brings back what became of messages, in the order of accepting", async () => {
  const store = memoryStore();
  const clock = new VirtualClock();
  const before = [];
  {
    await using bus = new MessageBus({ store, clock, ...DURABLE });
    await bus.ready();
    const boss = bus.agent("boss");
    const worker = bus.agent("worker", { durable: true });
    worker.receive(({ payload }, delivery) => {
      if (payload === "bad") delivery.reject("no");
    });
    await boss.send("worker", "good", { ...KEEP, correlationId: "c" });
    await boss.send("worker", "bad", KEEP);
    await boss.send("worker", "loose");
    await boss.publish("nobody.listens", "lost");
    await clock.advance(50);
    before.push(...bus.history());
    assert.deepEqual(
      before.map(({ outcome }) => outcome),
      ["dropped", "delivered", "dead", "acked"],
    );
  }
  await clock.advance(60_000);
  await using bus = new MessageBus({ store, clock, ...DURABLE });
  await bus.ready();
  assert.deepEqual(bus.history(), before);
  const [found] = bus.history({ correlationId: "c" });
  assert.equal(found?.deliveries[0]?.agent, "worker");
  assert.equal(found?.deliveries[0]?.outcome, "acked");
});

Deno.test("history.durable keeps as many as it may, and for as long", async () => {
  const store = memoryStore();
  const clock = new VirtualClock();
  const history = { durable: true, maxEntries: 300, maxAgeMs: 100_000 };
  const kept = async (use: (bus: MessageBus) => Promise<void>) => {
    await using bus = new MessageBus({ store, clock, history });
    await bus.ready();
    await use(bus);
    return bus.history().length;
  };
  await kept(async (bus) => {
    const boss = bus.agent("boss");
    for (let n = 0; n < 3_000; n++) await boss.publish("nobody.listens", n);
    await clock.advance(LIMITS.historyFlushMs);
  });
  const most = 300 + LIMITS.maxHistoryBatch;
  const records = store.size.records;
  assert.ok(records <= Math.ceil(most / LIMITS.maxHistoryBatch) + 1);
  assert.equal(await kept(() => Promise.resolve()), 300);
  await clock.advance(100_001);
  assert.equal(await kept(() => Promise.resolve()), 0);
  assert.equal(store.size.records, 0, "nothing old is left in the store");
});

Deno.test("a history that the store cannot take is lost, and holds nothing up", async () => {
  const store = new MortalStore(memoryStore());
  const clock = new VirtualClock();
  const kept = new MessageBus({ store, clock, ...DURABLE });
  await kept.ready();
  const boss = kept.agent("boss");
  store.isFull = true;
  await boss.publish("nobody.listens", "lost from the kept history");
  await clock.advance(LIMITS.historyFlushMs);
  await clock.advance(10);
  store.isFull = false;
  await boss.publish("nobody.listens", "kept");
  assert.equal(kept.history().length, 2);
  assert.equal(kept.stats().store?.historyLost, 1);
  await kept.close();
  const puts = store.commits.flat().filter((change) =>
    change.type === "put" && change.kind === "history"
  );
  assert.equal(puts.length, 1, "closing writes what has gathered");
});

Deno.test("history.durable without a store is refused", () => {
  assert.throws(
    () => new MessageBus(DURABLE),
    /history.durable must have a store to be kept in: there is none/,
  );
});

Deno.test("history.durable keeps what has ended, and not what has come after it and not ended", async () => {
  const kept = memoryStore();
  const store = new MortalStore(kept);
  const clock = new VirtualClock();
  const history = { durable: true, maxEntries: 1 };
  const first = new MessageBus({ store, clock, history });
  await first.ready();
  const boss = first.agent("boss");
  const ended = [];
  for (let n = 0; n < 2; n++) ended.push(await boss.publish("nobody", n));
  first.agent("worker");
  await boss.send("worker", "waits");
  await clock.advance(LIMITS.historyFlushMs);
  await store.kill();
  await first.close();
  await using bus = new MessageBus({ store: kept, clock, history });
  await bus.ready();
  assert.deepEqual(
    bus.history().map(({ message: { id } }) => id),
    ended.slice(1),
  );
});
