import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { LIMITS } from "../../core/limits.ts";
import type { Agent, Subscription } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";
import { inLives, KEEP, type Life, take } from "../support/durable_lives.ts";

Deno.test("Q1 two copies of a message have a letter each, also where one fails as the bus is started again", async () => {
  await inLives([
    async ({ bus }) => {
      const first = bus.agent("first");
      const second = bus.agent("second");
      await first.subscribe("jobs", (_, delivery) => delivery.reject("no"));
      const { promise: started, resolve } = Promise.withResolvers<void>();
      const subscription = await second.subscribe("jobs", () => {
        resolve();
        return new Promise<void>(() => {});
      });
      await first.publish("jobs", "build", KEEP);
      await started;
      await subscription.close();
      await first.publish("nobody.listens", "kept after that", KEEP);
    },
    async ({ bus }) => {
      await bus.drain();
      const letters = [...bus.deadLetters].filter(({ message }) =>
        message.topic === "jobs"
      );
      assert.deepEqual(
        letters.map(({ agent, reason }) => [agent, reason]),
        [["first", "rejected"], ["second", "undeliverable"]],
      );
      assert.equal(new Set(letters.map(({ id }) => id)).size, 2);
    },
  ]);
});

Deno.test("T5 what is replayed has its whole time to live again, also after a restart", async () => {
  const clock = new VirtualClock();
  await inLives([
    async ({ bus }) => {
      bus.agent("worker", { durable: true });
      const boss = bus.agent("boss");
      await boss.send("worker", "job", { ...KEEP, ttlMs: 1_000 });
      await clock.advance(1_500);
      const [letter] = bus.deadLetters;
      assert.equal(letter?.reason, "expired");
      await bus.deadLetters.replay(letter?.id ?? "");
      await clock.advance(400);
    },
    async ({ bus }) => {
      assert.equal(bus.deadLetters.size, 0);
      const [again] = await take(bus, "worker", 1);
      again?.nack({ delayMs: 100 });
      await clock.advance(50);
    },
    async ({ bus }) => {
      await clock.advance(500);
      assert.equal(bus.deadLetters.size, 0, "50 ms are left");
      await clock.advance(60);
      assert.equal([...bus.deadLetters][0]?.reason, "expired");
    },
  ], { clock });
});

Deno.test("S3 a send that found nobody is remembered after a kill, and leaves one letter", async () => {
  const once = { ...KEEP, deduplicationId: "order 8" };
  const ids: string[] = [];
  const send = async ({ bus }: Life) => {
    ids.push(await bus.agent("boss").send("nobody", "job", once));
    assert.equal(bus.deadLetters.size, 1);
  };
  await inLives([send, send]);
  assert.equal(ids[1], ids[0]);
});

Deno.test("S5 what was handed out again after a restart does not start once its consumer has left", async () => {
  await leaveWhileHeld((_, subscription) => subscription.drain());
});

Deno.test("K1 what was handed out again after a restart is another's once its agent has left", async () => {
  await leaveWhileHeld((worker) => worker.close());
});

/** Leaves while that a copy was handed out again is being kept. */
async function leaveWhileHeld(
  leave: (worker: Agent, subscription: Subscription) => Promise<void>,
): Promise<void> {
  await inLives([
    async ({ bus }) => {
      bus.agent("worker", { durable: true });
      await bus.agent("boss").send("worker", "job", KEEP);
    },
    async ({ bus, store }) => {
      const { promise: held, resolve: release } = Promise.withResolvers<void>();
      store.held = held;
      const worker = bus.agent("worker", { durable: true });
      let started = 0;
      const subscription = worker.receive(() => void started++);
      await setTimeout(5);
      await leave(worker, subscription);
      release();
      await setTimeout(20);
      const [again] = await take(bus, "worker", 1);
      assert.equal(again?.message.payload, "job");
      assert.equal(started, 0);
      again?.ack();
      await bus.drain({ timeoutMs: 5_000 });
    },
  ]);
}

Deno.test("B1 messages to nobody take room until their letters are kept, and wait for it in line", async () => {
  await inLives([
    async ({ bus, store }) => {
      const boss = bus.agent("boss");
      const commit = Promise.withResolvers<void>();
      store.held = commit.promise;
      const sends = ["a", "b", "c"].map((job) =>
        boss.send("nobody", job, KEEP)
      );
      await setTimeout(5);
      const { pending, reserved, waiting } = bus.backpressure.snapshot();
      assert.deepEqual([pending, reserved, waiting], [2, 2, 1]);
      commit.resolve();
      await Promise.all(sends);
      const after = bus.backpressure.snapshot();
      assert.deepEqual([after.pending, after.pendingBytes], [0, 0]);
      assert.equal(bus.deadLetters.size, 3);
    },
  ], { backpressure: { maxPending: 2 } });
});

Deno.test("Q5 a letter that is replayed to nobody is there still, under its id, whether that can be kept or not", async () => {
  let id = "";
  await inLives([
    async ({ bus, store }) => {
      id = await bus.agent("boss").send("nobody", "job", KEEP);
      store.isBroken = true;
      await assert.rejects(bus.deadLetters.replay(id), { code: "storage" });
      store.isBroken = false;
      await setTimeout(2 * LIMITS.commitRetryMs);
      assert.equal(bus.health.ready, true);
      await bus.deadLetters.replay(id);
      assert.deepEqual(idsOf(bus), [id]);
    },
    ({ bus }) => Promise.resolve(assert.deepEqual(idsOf(bus), [id])),
  ]);
});

Deno.test("Q8 a letter that is discarded while it is replayed to nobody leaves none", async () => {
  await inLives([
    async ({ bus, store }) => {
      const id = await bus.agent("boss").send("nobody", "job", KEEP);
      const commit = Promise.withResolvers<void>();
      store.held = commit.promise;
      const refused = assert.rejects(bus.deadLetters.replay(id), /discarded/);
      await setTimeout(5);
      bus.deadLetters.discard(id);
      commit.resolve();
      await refused;
      assert.equal(bus.deadLetters.size, 0);
      assert.equal(bus.backpressure.pending, 0);
    },
    ({ bus }) => Promise.resolve(assert.equal(bus.deadLetters.size, 0)),
  ]);
});

function idsOf({ deadLetters }: Life["bus"]): string[] {
  return [...deadLetters].map(({ id }) => id);
}
