import assert from "node:assert/strict";
import { MessageBus, type RoutingRule } from "../../mod.ts";
import { memoryStore } from "../../storage/memory_store.ts";
import { KEEP, MortalStore } from "../support/durable_lives.ts";

const DROP: RoutingRule = {
  ...{ id: "quiet", priority: 5, match: { topic: "noise" } },
  action: { kind: "drop" },
};

/** What it holds is told, and only later that this is all. */
class LateStore extends MortalStore {
  readonly all = Promise.withResolvers<void>();

  override async *open() {
    yield* super.open();
    await this.all.promise;
  }
}

function idsOf(bus: MessageBus): string[] {
  return bus.router.rules().map(({ id }) => id);
}

Deno.test("X7 senders wait until what was kept is back", async () => {
  const kept = memoryStore();
  await using bus = new MessageBus({ store: kept });
  assert.equal(bus.health.ready, false);
  bus.agent("worker", { durable: true });
  await bus.agent("boss").send("worker", "early", KEEP);
  assert.equal(bus.health.ready, true);
  assert.equal(bus.backpressure.pending, 1);
});

Deno.test("S3 a send that is repeated before the store is read adds nothing, and keeps its place", async () => {
  const once = { ...KEEP, deduplicationId: "order 7" };
  const kept = memoryStore();
  let first = "";
  {
    await using bus = new MessageBus({ store: kept });
    bus.agent("worker", { durable: true });
    first = await bus.agent("boss").send("worker", "job", once);
  }
  await using bus = new MessageBus({ store: kept });
  const boss = bus.agent("boss");
  const again = boss.send("worker", "job", once);
  const andAgain = boss.send("worker", "job", once);
  const unacked = { ...once, requiresAck: false };
  const unkept = boss.send("worker", "job", unacked);
  const next = boss.send("worker", "next", KEEP);
  assert.equal(bus.health.ready, false);
  assert.deepEqual(await Promise.all([again, andAgain, unkept]), [
    first,
    first,
    first,
  ]);
  assert.notEqual(await next, first);
  assert.equal(bus.backpressure.pending, 2);
  assert.equal(bus.stats().totalMessages, 1);
});

Deno.test("rules that are added before the store is read stand behind those it has", async () => {
  const store = memoryStore();
  for (const added of ["one", "two", "three"]) {
    await using bus = new MessageBus({ store });
    // Before the store is read.
    bus.router.addRule({ ...DROP, id: added });
    await bus.ready();
    const all = ["one", "two", "three"];
    assert.deepEqual(idsOf(bus), all.slice(0, all.indexOf(added) + 1));
  }
});

Deno.test("a rule that is removed as the store is read does not come back", async () => {
  const kept = memoryStore();
  {
    await using bus = new MessageBus({ store: kept });
    bus.router.addRule(DROP);
    await bus.ready();
  }
  {
    const store = new LateStore(kept);
    await using bus = new MessageBus({ store });
    while (!bus.router.removeRule(DROP.id)) await Promise.resolve();
    store.all.resolve();
    await bus.ready();
  }
  await using bus = new MessageBus({ store: kept });
  await bus.ready();
  assert.deepEqual(idsOf(bus), []);
});
