import assert from "node:assert/strict";
import type { Subscription } from "../../bus/agent.ts";
import {
  type AgentCases,
  agentOf,
  type AgentStage,
  codeOf,
  door,
  settled,
  turns,
  until,
  upTo,
} from "./agent_stage.ts";

const ACKED = { requiresAck: true };

/** Joining and leaving, in order and not. */
export const agentDepartures: AgentCases = {
  "drain() finishes what is in hand, and takes nothing more": async (open) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const worker = await stage.join("worker", { durable: true });
    const { opened, open: release } = door();
    const done: unknown[] = [];
    worker.receive(async ({ payload }) => {
      await opened;
      done.push(payload);
    });
    for (const n of upTo(3)) await sender.send("worker", n, ACKED);
    await until(
      "one is in hand",
      () => agentOf(stage, "worker")?.inFlight === 1,
    );
    let drained = false;
    const draining = worker.drain().then(() => drained = true);
    await turns();
    assert.equal(drained, false);
    release();
    await draining;
    await turns();
    assert.deepEqual(done, [0]);
    assert.equal(stage.bus.stats().totalAcked, 1);
    assert.equal(stage.bus.stats().pendingMessages, 2);
    assert.equal(await codeOf(worker.send("sender", 1)), "closed");
  },

  "a subscription that drains finishes what is in hand": async (open) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const worker = await stage.join("worker");
    const { opened, open: release } = door();
    const seen: unknown[] = [];
    const subscription = await worker.subscribe("jobs", async ({ payload }) => {
      seen.push(payload);
      await opened;
    });
    await sender.publish("jobs", 1, ACKED);
    await until("it is in hand", () => seen.length === 1);
    const draining = subscription.drain();
    await turns();
    release();
    await draining;
    await until("it is done", () => stage.bus.stats().totalAcked === 1);
    await sender.publish("jobs", 2);
    await turns();
    assert.deepEqual(seen, [1]);
  },

  "close() gives what is in hand to another instance at once": async (open) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const first = await stage.join("worker");
    const signals: AbortSignal[] = [];
    first.receive((_, { signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    }, { concurrency: 3 });
    await settled(first);
    for (const n of upTo(3)) await sender.send("worker", n, ACKED);
    await until("all are in hand", () => signals.length === 3);
    const second = await stage.join("worker");
    const seen: [unknown, number][] = [];
    second.receive(({ payload, attempt }) =>
      void seen.push([payload, attempt])
    );
    await first.close();
    await until("all are done", () => stage.bus.stats().totalAcked === 3);
    assert.deepEqual(seen, [[0, 2], [1, 2], [2, 2]]);
    assert.deepEqual(signals.map(({ aborted }) => aborted), [true, true, true]);
    assert.equal(stage.bus.deadLetters.size, 0);
  },

  "a durable agent's mailbox outlives its presence": async (open) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const worker = await stage.join("worker", { durable: true });
    await sender.send("worker", 0, ACKED);
    await worker.close();
    await until("it has left", () => instances(stage, "worker") === 0);
    await sender.send("worker", 1, ACKED);
    await sender.send("worker", 2);
    const again = await stage.join("worker", { durable: true });
    const seen: unknown[] = [];
    again.receive(({ payload }) => void seen.push(payload));
    await until("all arrive", () => seen.length === 3);
    assert.deepEqual(seen, upTo(3));
    assert.equal(stage.bus.deadLetters.size, 0);
  },

  "a durable subscription keeps what is published while it is away": async (
    open,
  ) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const worker = await stage.join("worker", { durable: true });
    const options = { durable: "mine" };
    await worker.subscribe("news.*", () => assert.fail("too early"), options);
    await worker.close();
    await until("it has left", () => instances(stage, "worker") === 0);
    for (const n of upTo(3)) await sender.publish("news.x", n, ACKED);
    const again = await stage.join("worker", { durable: true });
    const seen: unknown[] = [];
    await again.subscribe("news.*", ({ payload }) => {
      seen.push(payload);
    }, options);
    await until("all arrive", () => seen.length === 3);
    assert.deepEqual(seen, upTo(3));
  },

  "Q1 what waited for an agent that left is a dead letter, or counted": async (
    open,
  ) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const worker = await stage.join("worker");
    await sender.send("worker", "needed", ACKED);
    await sender.send("worker", "not needed");
    await until("both wait", () => stage.bus.stats().pendingMessages === 2);
    await worker.close();
    await until("it has left", () => instances(stage, "worker") === undefined);
    const letters = stage.bus.deadLetters.entries();
    assert.deepEqual(
      letters.map(({ reason, message }) => [reason, message.payload]),
      [["undeliverable", "needed"]],
    );
    assert.equal(stage.bus.stats().totalDropped, 1);
    assert.equal(stage.bus.stats().pendingMessages, 0);
  },

  "L4 a subscription may be closed from inside its handler": async (open) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const worker = await stage.join("worker");
    const seen: unknown[] = [];
    const subscription: Subscription = await worker.subscribe(
      "jobs",
      async ({ payload }) => {
        seen.push(payload);
        await subscription.close();
        await subscription.close();
      },
    );
    for (const n of upTo(3)) await sender.publish("jobs", n);
    await until(
      "it is closed",
      () => stage.bus.subscribers("jobs").length === 0,
    );
    await turns();
    assert.deepEqual(seen, [0]);
    assert.equal(stage.bus.stats().pendingMessages, 0);
  },

  "L4 an agent may be closed from inside its handler": async (open) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const worker = await stage.join("worker", { durable: true });
    const { opened, open: closed } = door();
    worker.receive(async () => {
      await worker.close();
      closed();
    });
    await sender.send("worker", 1, ACKED);
    await opened;
    await until("it has left", () => instances(stage, "worker") === 0);
    // What it had in hand was not acknowledged, and so is kept.
    assert.equal(stage.bus.stats().pendingMessages, 1);
  },

  "what a subscription has in hand when it is closed may still be settled":
    async (open) => {
      await using stage = await open();
      const sender = await stage.join("sender");
      const worker = await stage.join("worker");
      const { opened, open: release } = door();
      const signals: AbortSignal[] = [];
      const subscription = await worker.subscribe("jobs", (_, { signal }) => {
        signals.push(signal);
        return opened;
      });
      await sender.publish("jobs", 1, ACKED);
      await until("it is in hand", () => signals.length === 1);
      await subscription.close();
      assert.equal(signals[0]?.aborted, true);
      release();
      await until("it is done", () => stage.bus.stats().totalAcked === 1);
      assert.equal(stage.bus.deadLetters.size, 0);
    },

  'a closed agent does nothing more: "closed"': async (open) => {
    await using stage = await open();
    const agent = await stage.join("agent");
    await Promise.all([agent.close(), agent.close()]);
    await agent.close();
    await agent[Symbol.asyncDispose]();
    assert.equal(await codeOf(agent.send("agent", 1)), "closed");
    assert.equal(await codeOf(agent.publish("a", 1)), "closed");
    assert.equal(await codeOf(agent.request("agent", 1)), "closed");
    assert.equal(await codeOf(agent.subscribe("a", () => {})), "closed");
    assert.throws(() => agent.receive(() => {}), { code: "closed" });
    assert.throws(() => agent.respond(() => {}), { code: "closed" });
  },

  'close() fails the requests that wait with "closed"': async (open) => {
    await using stage = await open();
    const asker = await stage.join("asker");
    const slow = await stage.join("slow");
    const signals: AbortSignal[] = [];
    slow.respond((_, { signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    await settled(slow);
    const asking = codeOf(asker.request("slow", 1));
    const pieces = asker.stream("slow", 1)[Symbol.asyncIterator]();
    const streaming = codeOf(pieces.next());
    await until("both are in hand", () => signals.length === 2);
    await asker.close();
    assert.equal(await asking, "closed");
    assert.equal(await streaming, "closed");
    await until("both are told", () => signals.every((one) => one.aborted));
    assert.equal(stage.bus.requests.size, 0);
  },

  "a responder that leaves with a request in hand fails it": async (open) => {
    await using stage = await open();
    const asker = await stage.join("asker");
    const slow = await stage.join("slow");
    let started = false;
    slow.respond(() => {
      started = true;
      return new Promise(() => {});
    });
    await settled(slow);
    const asking = codeOf(asker.request("slow", 1));
    await until("it is in hand", () => started);
    await slow.close();
    assert.equal(await asking, "unreachable");
    assert.equal(stage.bus.requests.size, 0);
  },

  "bus.agents() and bus.events() tell who joins and leaves": async (open) => {
    await using stage = await open();
    const events: string[] = [];
    const watching = (async () => {
      for await (const event of stage.bus.events()) {
        if (event.type === "agent_joined" || event.type === "agent_left") {
          events.push(`${event.type} ${event.agent} ${event.instances}`);
        }
      }
    })();
    const first = await stage.join("worker");
    const second = await stage.join("worker");
    assert.equal(instances(stage, "worker"), 2);
    await first.close();
    await until("one has left", () => instances(stage, "worker") === 1);
    await second.close();
    await until("both have", () => instances(stage, "worker") === undefined);
    await stage.bus.close();
    await watching;
    assert.deepEqual(events, [
      "agent_joined worker 1",
      "agent_joined worker 2",
      "agent_left worker 1",
      "agent_left worker 0",
    ]);
  },

  "X1 B7 everything that was counted adds up when all is done": async (
    open,
  ) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const worker = await stage.join("worker");
    worker.receive(({ payload }) => {
      if (payload === 3) throw new Error("no");
    }, { retry: () => undefined });
    worker.respond(() => "reply");
    await settled(worker);
    for (const n of upTo(10)) await sender.send("worker", n, ACKED);
    await sender.publish("nowhere", 1);
    await sender.request("worker", 1);
    await until("all is done", () => stage.bus.stats().pendingMessages === 0);
    const stats = stage.bus.stats();
    const sum = (counts: Record<string, number>) =>
      Object.values(counts).reduce((total, count) => total + count, 0);
    assert.equal(stats.totalMessages, 13);
    assert.equal(stats.totalSent, 12);
    assert.equal(sum(stats.perSender), 13);
    assert.deepEqual(stats.perType, {
      direct: 10,
      publish: 1,
      request: 1,
      response: 1,
    });
    assert.equal(stats.totalAcked, 9);
    assert.equal(stats.totalFailed, 1);
    assert.equal(stats.totalDropped, 1);
    assert.equal(stats.totalDelivered, 12);
    assert.equal(stage.bus.backpressure.snapshot().pendingBytes, 0);
  },
};

function instances(stage: AgentStage, name: string): number | undefined {
  return agentOf(stage, name)?.instances;
}
