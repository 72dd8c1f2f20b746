import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { LIMITS } from "../../core/limits.ts";
import { BusError, memoryTransport, MessageBus } from "../../mod.ts";
import { memoryStore } from "../../storage/memory_store.ts";
import { VirtualClock } from "../../testing/mod.ts";
import { inLives, KEEP, MortalStore, take } from "../support/durable_lives.ts";

Deno.test("T5 a time to live goes on while nobody runs the bus, and a wall clock set back gives nothing back", async () => {
  const clock = new VirtualClock();
  const kept = memoryStore();
  const first = new MessageBus({ store: kept, clock });
  await first.ready();
  first.agent("worker", { durable: true });
  const boss = first.agent("boss");
  await boss.send("worker", "short", { ...KEEP, ttlMs: 1_000 });
  await boss.send("worker", "long", { ...KEEP, ttlMs: 10_000 });
  await first.close();
  await clock.advance(2_000);
  await using second = new MessageBus({ store: kept, clock });
  await second.ready();
  await clock.advance(0);
  assert.deepEqual(
    [...second.deadLetters].map(({ reason, message }) => [
      reason,
      message.payload,
    ]),
    [["expired", "short"]],
  );
  await clock.advance(7_999);
  assert.equal(second.deadLetters.size, 1);
  await clock.advance(2);
  assert.equal(second.deadLetters.size, 2);
});

Deno.test("a store that is full refuses sends with code storage, takes acknowledgements, and is well again without a restart", async () => {
  const store = new MortalStore(memoryStore());
  await using bus = new MessageBus({ store });
  await bus.ready();
  const boss = bus.agent("boss");
  bus.agent("worker", { durable: true });
  await boss.send("worker", "before", KEEP);
  store.isFull = true;
  await assert.rejects(
    boss.send("worker", "refused", KEEP),
    (error) => error instanceof BusError && error.code === "storage",
  );
  assert.equal(bus.health.ready, false);
  assert.equal(bus.backpressure.pending, 1, "its room was given back");
  const [first] = await take(bus, "worker", 1);
  first?.ack();
  while (bus.backpressure.pending > 0) {
    await setTimeout(1);
  }
  assert.equal(bus.stats().totalAcked, 1);
  store.isFull = false;
  await boss.send("worker", "after", KEEP);
  assert.deepEqual(bus.health, { ready: true });
});

Deno.test("what waits for a store that fails is bounded, and then no send is taken, not even to nobody", async () => {
  const clock = new VirtualClock();
  const store = new MortalStore(memoryStore());
  await using bus = new MessageBus({
    ...{ store, clock },
    deadLetters: { maxEntries: 100, whenFull: "evict-oldest" },
  });
  await bus.ready();
  const boss = bus.agent("boss");
  await boss.send("nobody", "kept", KEEP);
  store.isBroken = true;
  await clock.advance(1);
  for (let n = 0; n < 2 * LIMITS.maxJournalEntries; n++) {
    await boss.send("nobody", n);
    if (n === 5) await clock.advance(LIMITS.commitRetryMs);
  }
  assert.equal(bus.deadLetters.size, 100);
  await assert.rejects(boss.send("nobody", "job", KEEP), { code: "storage" });
  bus.agent("worker", { durable: true });
  await assert.rejects(boss.send("worker", "job", KEEP), { code: "storage" });
  assert.equal(bus.backpressure.pending, 0);
  store.isBroken = false;
  await clock.advance(10 * LIMITS.commitRetryMs);
  assert.deepEqual(bus.health, { ready: true });
  const letters = store.commits.flat().filter(({ kind, type }) =>
    kind === "letter" && type === "put"
  );
  assert.ok(
    letters.length <= LIMITS.maxJournalEntries + 100,
    `${letters.length}`,
  );
});

Deno.test("X7 a bus is ready again when its store works, though nobody sends anything", async () => {
  const clock = new VirtualClock();
  const store = new MortalStore(memoryStore());
  await using bus = new MessageBus({ store, clock });
  await bus.ready();
  bus.agent("worker", { durable: true });
  const boss = bus.agent("boss");
  store.isFull = true;
  await assert.rejects(boss.send("worker", "job", KEEP), { code: "storage" });
  await clock.advance(10 * LIMITS.commitRetryMs);
  assert.equal(bus.health.ready, false);
  store.isFull = false;
  await clock.advance(LIMITS.commitRetryMs);
  assert.deepEqual(bus.health, { ready: true });
  const commits = store.commits.length;
  await clock.advance(10 * LIMITS.commitRetryMs);
  assert.equal(store.commits.length, commits, "nothing is tried any more");
});

Deno.test("B2 a send to nobody is refused at once by a bus whose store fails, and does not wait for it", async () => {
  const clock = new VirtualClock();
  const store = new MortalStore(memoryStore());
  await using bus = new MessageBus({ store, clock });
  await bus.ready();
  bus.agent("worker", { durable: true });
  const boss = bus.agent("boss");
  store.isBroken = true;
  await assert.rejects(boss.send("worker", "job", KEEP), { code: "storage" });
  await assert.rejects(boss.send("nobody", "job", KEEP), { code: "storage" });
  await assert.rejects(boss.publish("topic", "job", KEEP), { code: "storage" });
  assert.equal(bus.deadLetters.size, 0);
  assert.equal(bus.backpressure.pending, 0);
  store.isBroken = false;
  await clock.advance(LIMITS.commitRetryMs);
  await boss.publish("topic", "job", KEEP);
  assert.equal(bus.deadLetters.size, 1);
});

Deno.test("B2 a send to nobody is refused by the commit that is the first to fail, and leaves nothing (S8)", async () => {
  const clock = new VirtualClock();
  const store = new MortalStore(memoryStore());
  await using bus = new MessageBus({ store, clock });
  await bus.ready();
  const boss = bus.agent("boss");
  store.isBroken = true;
  await Promise.all([
    assert.rejects(boss.send("nobody", "job", KEEP), { code: "storage" }),
    assert.rejects(boss.publish("topic", "job", KEEP), { code: "storage" }),
  ]);
  assert.equal(bus.deadLetters.size, 0);
  assert.equal(bus.history().length, 0);
  assert.equal(bus.stats().totalSent, 0);
  store.isBroken = false;
  await clock.advance(LIMITS.commitRetryMs);
  const id = await boss.send("nobody", "job", KEEP);
  assert.equal(bus.deadLetters.get(id)?.reason, "no_recipient");
});

Deno.test("Q2 a message and the dead letters of recipients who are not there are kept by one commit", async () => {
  const store = new MortalStore(memoryStore());
  await using bus = new MessageBus({ store });
  await bus.ready();
  bus.agent("worker", { durable: true });
  const action = { kind: "forward", recipient: "nobody" } as const;
  bus.router.addRule({ id: "copies", priority: 1, match: {}, action });
  await setTimeout(5);
  const before = store.commits.length;
  await bus.agent("boss").send("worker", "job", KEEP);
  const [commit = [], ...more] = store.commits.slice(before);
  assert.deepEqual(more, []);
  const put = commit.filter(({ type }) => type === "put");
  assert.deepEqual(put.map(({ kind }) => kind), ["copy", "letter"]);
});

Deno.test("an acknowledgement that a broken store could not keep is tried until it is kept", async () => {
  const store = new MortalStore(memoryStore());
  await using bus = new MessageBus({ store });
  await bus.ready();
  bus.agent("worker", { durable: true });
  await bus.agent("boss").send("worker", "job", KEEP);
  const [first] = await take(bus, "worker", 1);
  store.isBroken = true;
  first?.ack();
  await setTimeout(150);
  assert.deepEqual([bus.stats().totalAcked, bus.backpressure.pending], [0, 1]);
  store.isBroken = false;
  await bus.drain({ timeoutMs: 5_000 });
  assert.equal(bus.stats().totalAcked, 1);
});

function idsOf({ router }: MessageBus): string[] {
  return router.rules().map(({ id }) => id);
}

Deno.test("routing rules are there after a kill, and one that the program says anew takes its place", async () => {
  const drop = {
    id: "quiet",
    priority: 5,
    match: { topic: "noise" },
    action: { kind: "drop" },
  } as const;
  await inLives([
    async ({ bus }) => {
      bus.router.addRule(drop);
      bus.router.addRule({ ...drop, id: "gone" });
      bus.router.removeRule("gone");
      bus.router.addRule({ ...drop, id: "second" });
      bus.agent("worker", { durable: true });
      await bus.agent("boss").send("worker", "flushes", KEEP);
    },
    async ({ bus }) => {
      assert.deepEqual(idsOf(bus), ["quiet", "second"]);
      bus.router.addRule({ ...drop, priority: 9 });
      assert.throws(() => bus.router.addRule(drop), /id must be free/);
      const priorities = bus.router.rules().map(({ priority }) => priority);
      assert.deepEqual(priorities, [9, 5]);
      bus.router.addRule({ ...drop, priority: 9, id: "third" });
      await bus.agent("boss").send("worker", "flushes", KEEP);
    },
    ({ bus }) => {
      assert.deepEqual(idsOf(bus), ["quiet", "third", "second"]);
      return Promise.resolve();
    },
  ]);
});

Deno.test("L4 a bus that is closed leaves what it has to the next one, and makes no dead letters of it", async () => {
  const kept = memoryStore();
  {
    await using bus = new MessageBus({ store: kept });
    bus.agent("worker");
    await bus.agent("boss").send("worker", "job", KEEP);
  }
  await using bus = new MessageBus({ store: kept });
  await bus.ready();
  assert.equal(bus.deadLetters.size, 0);
  const got = Promise.withResolvers<unknown>();
  bus.agent("worker").receive(({ payload }) => got.resolve(payload));
  assert.equal(await got.promise, "job");
  await bus.drain();
});

Deno.test("what nobody comes back for becomes a dead letter when its grace is over", async () => {
  const clock = new VirtualClock();
  const kept = memoryStore();
  const first = new MessageBus({ store: kept, clock });
  await first.ready();
  first.agent("worker");
  await first.agent("boss").send("worker", "job", KEEP);
  await first.close();
  await using second = new MessageBus({ store: kept, clock });
  await second.ready();
  await clock.advance(9_999);
  assert.equal(second.deadLetters.size, 0);
  await clock.advance(2);
  assert.deepEqual(
    [...second.deadLetters].map(({ reason }) => reason),
    ["undeliverable"],
  );
});

Deno.test("a store that is in use refuses the second bus, and whoever sends through it", async () => {
  const kept = memoryStore();
  await using first = new MessageBus({ store: kept });
  await first.ready();
  await using second = new MessageBus({ store: kept });
  await assert.rejects(second.ready(), { code: "storage" });
  await assert.rejects(second.agent("boss").send("worker", 1), {
    code: "storage",
  });
  await assert.rejects(second.listen(memoryTransport()), { code: "storage" });
  assert.equal(second.health.ready, false);
});

Deno.test("Q4 what a subscription that has ended had in hand is its dead letter after a kill, and nobody's else", async () => {
  await inLives([
    async ({ bus, store }) => {
      const watcher = bus.agent("watcher");
      const { promise: started, resolve } = Promise.withResolvers<void>();
      const subscription = await watcher.subscribe("jobs.>", () => {
        resolve();
        return new Promise<void>(() => {});
      });
      await watcher.publish("jobs.test", "in hand", KEEP);
      await started;
      await subscription.close();
      await watcher.publish("nobody.listens", "kept after that", KEEP);
      const marks = store.commits.flat().filter(({ kind, type }) =>
        kind === "subscription" && type === "update"
      );
      assert.equal(marks.length, 1, "it is marked, and there while it is used");
    },
    async ({ bus, store }) => {
      await bus.drain();
      const letters = [...bus.deadLetters].filter(({ reason }) =>
        reason === "undeliverable"
      );
      assert.deepEqual(
        letters.map(({ agent, message }) => [agent, message.payload]),
        [["watcher", "in hand"]],
      );
      assert.equal(bus.topics().length, 0);
      const removed = store.commits.flat().filter(({ kind, type }) =>
        kind === "subscription" && type === "remove"
      );
      assert.equal(removed.length, 1);
    },
    ({ bus }) => {
      assert.equal(bus.deadLetters.size, 2);
      assert.equal(bus.backpressure.pending, 0);
      return Promise.resolve();
    },
  ]);
});

Deno.test("S3 which sends were made is remembered though the wall clock jumps by a day", async () => {
  const clock = new VirtualClock();
  const once = { ...KEEP, deduplicationId: "order 7" };
  const ids: string[] = [];
  await inLives([
    async ({ bus }) => {
      const boss = bus.agent("boss");
      bus.agent("worker", { durable: true });
      ids.push(await boss.send("worker", "job", once));
      clock.setWall(clock.now() + 86_400_000);
      await boss.send("worker", "another", KEEP);
      clock.setWall(clock.now() - 86_400_000);
    },
    async ({ bus }) => {
      ids.push(await bus.agent("boss").send("worker", "job", once));
      assert.equal(ids[1], ids[0]);
      assert.equal(bus.backpressure.pending, 2);
    },
  ], { clock });
});

Deno.test("S2 a replay whose letter is discarded meanwhile is refused when nothing of it is kept any more", async () => {
  const store = new MortalStore(memoryStore());
  await using bus = new MessageBus({ store });
  await bus.ready();
  const boss = bus.agent("boss");
  await boss.send("nobody", "job", KEEP);
  bus.agent("nobody", { durable: true });
  const [letter] = bus.deadLetters;
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  store.held = first.promise;
  const replay = bus.deadLetters.replay(letter?.id ?? "");
  const refused = assert.rejects(replay, /discarded/);
  const isOver = refused.then(() => true);
  await setTimeout(5);
  bus.deadLetters.discard(letter?.id ?? "");
  store.held = second.promise;
  first.resolve();
  assert.equal(await Promise.race([isOver, setTimeout(5, false)]), false);
  second.resolve();
  await refused;
  const removed = store.commits.flat().filter(({ type, kind }) =>
    type === "remove" && kind === "copy"
  );
  assert.equal(removed.length, 1, "what was kept of it is gone already");
  assert.equal(bus.backpressure.pending, 0);
});

Deno.test("L4 a bus that closes on a broken store ends, and so does everybody who waits", async () => {
  const store = new MortalStore(memoryStore());
  const bus = new MessageBus({ store });
  await bus.ready();
  bus.agent("worker", { durable: true });
  await bus.agent("boss").send("worker", "job", KEEP);
  const [delivery] = await take(bus, "worker", 1);
  store.isBroken = true;
  delivery?.ack();
  const toNobody = bus.agent("boss").send("nobody", "job", KEEP);
  await Promise.all([
    bus.close(),
    assert.rejects(toNobody, { code: "storage" }),
  ]);
  assert.equal(bus.stats().totalAcked, 0, "it is not counted");
  assert.equal(bus.backpressure.pending, 0);
});
