import assert from "node:assert/strict";
import {
  connect,
  type Delivery,
  memoryTransport,
  type Message,
  MessageBus,
  type Transport,
} from "../../mod.ts";
import { LIMITS } from "../../core/limits.ts";
import { memoryStore } from "../../storage/memory_store.ts";
import {
  inLives,
  KEEP,
  MortalStore,
  payloads,
  take,
} from "../support/durable_lives.ts";

const RETRY = { delivery: { retry: () => 0, maxAttempts: 2 } };

Deno.test("S1 what was accepted and not acknowledged is there after a kill, in its order, and marked as redelivered", async () => {
  await inLives([
    async ({ bus }) => {
      bus.agent("worker", { durable: true });
      const boss = bus.agent("boss");
      for (const job of ["a", "b", "c"]) await boss.send("worker", job, KEEP);
      await boss.send("worker", "in memory alone");
    },
    async ({ bus }) => {
      assert.equal(bus.backpressure.pending, 3);
      const taken: Message[] = [];
      const all = Promise.withResolvers<void>();
      bus.agent("worker").receive((message, delivery) => {
        assert.equal(delivery.redelivered, true);
        assert.equal(message.sender, "boss");
        taken.push(message);
        if (taken.length === 3) all.resolve();
      });
      await all.promise;
      assert.deepEqual(taken.map(({ payload }) => payload), ["a", "b", "c"]);
      await bus.drain();
      assert.equal(bus.stats().totalAcked, 3);
    },
    ({ bus }) => {
      assert.equal(bus.backpressure.pending, 0);
      assert.equal(bus.stats().store?.records, 1, "the agent");
      return Promise.resolve();
    },
  ]);
});

Deno.test("S2 a send is accepted, and handed out, only when it is kept", async () => {
  const store = new MortalStore(memoryStore());
  const held = Promise.withResolvers<void>();
  await using bus = new MessageBus({ store });
  await bus.ready();
  const seen: unknown[] = [];
  bus.agent("worker").receive(({ payload }) => void seen.push(payload));
  store.held = held.promise;
  let isAccepted = false;
  const sent = bus.agent("boss").send("worker", "job", KEEP)
    .then(() => isAccepted = true);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual([isAccepted, seen, bus.stats().totalMessages], [
    false,
    [],
    0,
  ]);
  assert.equal(bus.backpressure.pending, 1, "its room is taken");
  held.resolve();
  await sent;
  await bus.drain();
  assert.deepEqual(seen, ["job"]);
});

Deno.test("O3 sends over a connection that are kept together are answered in their order, each when the bus has it", async () => {
  const store = new MortalStore(memoryStore());
  const held = Promise.withResolvers<void>();
  await using bus = new MessageBus({ store });
  await bus.ready();
  const transport = memoryTransport();
  await using _listener = await bus.listen(transport);
  bus.agent("worker", { durable: true });
  await using boss = await connect(transport, { name: "boss" });
  const told: unknown[] = [];
  const send = (payload: number) =>
    boss.send("worker", payload, KEEP)
      .then(() => told.push([payload, bus.history().length >= payload]));
  await send(1);
  store.held = held.promise;
  const sends = [send(2), send(3), send(4)];
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual([told.length, bus.history().length], [1, 1]);
  held.resolve();
  await Promise.all(sends);
  assert.deepEqual(told, [1, 2, 3, 4].map((payload) => [payload, true]));
});

Deno.test("senders over connections are told what a commit has made before it is handed out", async () => {
  const store = new MortalStore(memoryStore());
  const held = Promise.withResolvers<void>();
  await using bus = new MessageBus({ store });
  await bus.ready();
  const heard: string[] = [];
  const join = async (name: string) => {
    const transport = memoryTransport();
    await bus.listen(transport);
    const onRead = () => heard.push(name);
    return connect(observed(transport, onRead), { name });
  };
  await using boss = await join("boss");
  await using worker = await join("worker");
  let count = 0;
  await worker.receive(() => void count++).ready;
  store.held = held.promise;
  // So large that what is handed out leaves at once.
  const job = "x".repeat(LIMITS.eagerWriteBytes);
  const sends = [1, 2, 3].map(() => boss.send("worker", job, KEEP));
  await new Promise((resolve) => setTimeout(resolve, 20));
  heard.length = 0;
  held.resolve();
  await Promise.all(sends);
  await bus.drain();
  assert.equal(count, 3);
  assert.deepEqual(heard.slice(0, 2), ["boss", "worker"]);
});

Deno.test("K3 an acknowledgement counts when it is kept, and what was acknowledged never comes again", async () => {
  await inLives([
    async ({ bus, store }) => {
      const held = Promise.withResolvers<void>();
      const boss = bus.agent("boss");
      bus.agent("worker", { durable: true });
      await boss.send("worker", "done", KEEP);
      const [first] = await take(bus, "worker", 1);
      store.held = held.promise;
      first?.ack();
      await new Promise((resolve) => setTimeout(resolve, 5));
      assert.deepEqual([bus.stats().totalAcked, bus.backpressure.pending], [
        0,
        1,
      ]);
      held.resolve();
      await bus.drain();
      assert.deepEqual([bus.stats().totalAcked, bus.backpressure.pending], [
        1,
        0,
      ]);
    },
    ({ bus }) => {
      assert.equal(bus.backpressure.pending, 0);
      return Promise.resolve();
    },
  ]);
});

Deno.test("S3 attempts stand after a kill, and the last failure makes a dead letter", async () => {
  await inLives([
    async ({ bus }) => {
      bus.agent("worker", { durable: true });
      await bus.agent("boss").send("worker", "poison", KEEP);
      const [first] = await take(bus, "worker", 1);
      first?.nack({ delayMs: 50, reason: "no" });
      await bus.agent("boss").send("worker", "flushes what went before", KEEP);
    },
    async ({ bus }) => {
      const added = Promise.withResolvers<void>();
      void (async () => {
        for await (const { type } of bus.events()) {
          if (type === "dead_letter_added") added.resolve();
        }
      })();
      const seen: unknown[] = [];
      bus.agent("worker", { durable: true }).receive((message) => {
        const { payload, attempt } = message;
        seen.push([payload, attempt]);
        if (payload === "poison") throw new Error("still no");
      });
      await added.promise;
      assert.deepEqual(seen, [["flushes what went before", 1], ["poison", 2]]);
    },
  ], RETRY);
});

Deno.test("S3 a failure is kept though its copy is handed out again at once", async () => {
  await inLives([
    async ({ bus }) => {
      const { promise: again, resolve: startedAgain } = Promise.withResolvers<
        void
      >();
      bus.agent("worker", { durable: true }).receive(({ attempt }) => {
        if (attempt === 1) throw new Error("not yet");
        startedAgain();
        return new Promise(() => {});
      });
      await bus.agent("boss").send("worker", "job", KEEP);
      await again;
      // What comes after it is kept, and so it is.
      await bus.agent("boss").send("other", "job", KEEP);
    },
    async ({ bus }) => {
      let started = 0;
      bus.agent("worker", { durable: true }).receive(() => {
        started++;
        throw new Error("never");
      });
      for await (const event of bus.events()) {
        if (event.type === "dead_letter_added") break;
      }
      assert.equal(started, 1);
    },
  ], RETRY);
});

Deno.test("Q2 a message leaves its queue and enters the dead letters in one batch, and is there after a kill, to be replayed", async () => {
  await inLives([
    async ({ bus, store }) => {
      bus.agent("worker", { durable: true }).receive(() => {
        throw new Error("broken");
      });
      const added = Promise.withResolvers<void>();
      void (async () => {
        for await (const { type } of bus.events()) {
          if (type === "dead_letter_added") added.resolve();
        }
      })();
      await bus.agent("boss").send("worker", { job: 7 }, KEEP);
      await added.promise;
      const batch = store.commits.find((changes) =>
        changes.some(({ kind }) => kind === "letter")
      );
      const what = batch?.map(({ type, kind }) => `${type} ${kind}`);
      assert.ok(what?.includes("remove copy"), `${what}`);
      assert.ok(what?.includes("put letter"), `${what}`);
    },
    async ({ bus }) => {
      const [letter] = bus.deadLetters;
      assert.equal(letter?.reason, "handler_failed");
      assert.equal(letter?.attempts, 2);
      assert.deepEqual(letter?.message.payload, { job: 7 });
      assert.equal(bus.backpressure.pending, 0);
      await bus.deadLetters.replay(letter?.id ?? "");
      assert.equal(bus.deadLetters.size, 0);
    },
    async ({ bus }) => {
      assert.equal(bus.deadLetters.size, 0);
      const [again] = await take(bus, "worker", 1);
      assert.deepEqual(again?.message.payload, { job: 7 });
      again?.ack();
      await bus.drain();
    },
  ], RETRY);
});

Deno.test("S3 a send that is repeated after a kill adds nothing, and is told the first id", async () => {
  const ids: string[] = [];
  const once = { ...KEEP, deduplicationId: "order 7" };
  await inLives([
    async ({ bus }) => {
      bus.agent("worker", { durable: true });
      ids.push(await bus.agent("boss").send("worker", "job", once));
      const [first] = await take(bus, "worker", 1);
      first?.ack();
      await bus.drain();
    },
    async ({ bus }) => {
      ids.push(await bus.agent("boss").send("worker", "job", once));
      assert.equal(ids[1], ids[0]);
      assert.equal(bus.backpressure.pending, 0);
    },
  ]);
});

Deno.test("S5 a durable subscription gets what was published while its agent and the bus were away", async () => {
  await inLives([
    async ({ bus }) => {
      const coder = bus.agent("coder");
      await coder.subscribe("jobs.>", () => {}, { durable: "jobs" });
      await coder.close();
      await bus.agent("boss").publish("jobs.build", "missed", KEEP);
    },
    async ({ bus }) => {
      const got = Promise.withResolvers<unknown>();
      await bus.agent("coder").subscribe(
        "jobs.>",
        ({ payload }) => got.resolve(payload),
        { durable: "jobs" },
      );
      assert.equal(await got.promise, "missed");
      await bus.drain();
    },
  ]);
});

Deno.test("S5 of a message with several recipients, each that had not acknowledged it gets it again, and no other", async () => {
  await inLives([
    async ({ bus }) => {
      for (const name of ["a", "b", "c"]) bus.agent(name, { durable: true });
      const boss = bus.agent("boss");
      await boss.broadcast("all of you", KEEP);
      const [first] = await take(bus, "b", 1);
      first?.ack();
      // Answered when everything before it is kept.
      await boss.send("c", "last", KEEP);
    },
    async ({ bus }) => {
      assert.equal(bus.backpressure.pending, 3);
      assert.deepEqual(payloads(await take(bus, "a", 1)), ["all of you"]);
      assert.deepEqual(payloads(await take(bus, "c", 2)), [
        "all of you",
        "last",
      ]);
    },
  ]);
});

Deno.test("over a connection, what was accepted outlives the bus, and its agent sees that it may have had it", async () => {
  await inLives([
    async ({ bus }) => {
      const transport = memoryTransport();
      await bus.listen(transport);
      bus.agent("worker", { durable: true });
      await using boss = await connect(transport, { name: "boss" });
      await boss.send("worker", { n: 1 }, KEEP);
      await boss.send("worker", new Uint8Array([1, 2, 3]), KEEP);
    },
    async ({ bus }) => {
      const transport = memoryTransport();
      await bus.listen(transport);
      await using worker = await connect(transport, { name: "worker" });
      const taken: Delivery[] = [];
      for await (const delivery of worker.inbox({ concurrency: 2 })) {
        delivery.ack();
        if (taken.push(delivery) === 2) break;
      }
      assert.deepEqual(taken.map(({ redelivered }) => redelivered), [
        true,
        true,
      ]);
      assert.deepEqual(payloads(taken), [{ n: 1 }, new Uint8Array([1, 2, 3])]);
      await bus.drain();
    },
  ]);
});

/** A way of which it is told when its near end reads something. */
function observed(inner: Transport, onRead: () => void): Transport {
  return {
    name: inner.name,
    listen: () => inner.listen(),
    dial: async (options) => {
      const connection = await inner.dial(options);
      const close = () => connection.close();
      return {
        remote: connection.remote,
        read: async (buffer) => {
          const count = await connection.read(buffer);
          onRead();
          return count;
        },
        write: (bytes) => connection.write(bytes),
        close,
        [Symbol.asyncDispose]: close,
      };
    },
  };
}
