import assert from "node:assert/strict";
import type { Delivery } from "../../bus/agent.ts";
import { BusError } from "../../core/errors.ts";
import {
  type AgentCases,
  type AgentStage,
  door,
  turns,
  until,
  upTo,
} from "./agent_stage.ts";

const ACKED = { requiresAck: true };
const AT_ONCE = { retry: () => 0 };

/** What becomes of a message once a handler has it. */
export const agentDeliveries: AgentCases = {
  "a handler that returns acknowledges": async (open) => {
    await using stage = await open();
    const { sender, worker } = await pair(stage);
    worker.receive(() => turns());
    const id = await sender.send("worker", 1, ACKED);
    await until("it is done", () => stage.bus.stats().totalAcked === 1);
    assert.equal(stage.bus.message(id)?.outcome, "acked");
    assert.equal(stage.bus.stats().pendingMessages, 0);
  },

  "Q6 a handler that throws gets it again, then it is a dead letter": async (
    open,
  ) => {
    await using stage = await open();
    const { sender, worker } = await pair(stage);
    const seen: [number, boolean][] = [];
    worker.receive(({ attempt }, { redelivered }) => {
      seen.push([attempt, redelivered]);
      throw new Error(`broke ${attempt} times`);
    }, { ...AT_ONCE, maxAttempts: 3 });
    const id = await sender.send("worker", { n: 1 }, ACKED);
    await until("it is given up", () => stage.bus.deadLetters.size === 1);
    await turns();
    assert.deepEqual(seen, [[1, false], [2, true], [3, true]]);
    const [letter] = stage.bus.deadLetters.entries();
    assert.equal(letter?.reason, "handler_failed");
    assert.equal(letter?.attempts, 3);
    assert.equal(letter?.detail, "broke 3 times");
    assert.equal(letter?.message.id, id);
    assert.deepEqual(letter?.message.payload, { n: 1 });
    assert.equal(stage.bus.stats().totalFailed, 1);
    assert.equal(stage.bus.stats().totalRedelivered, 2);
  },

  "the retry policy says when, and when to give up": async (open) => {
    await using stage = await open();
    const { sender, worker } = await pair(stage);
    const asked: unknown[] = [];
    let calls = 0;
    worker.receive(() => {
      calls++;
      return Promise.reject(new Error("busy"));
    }, {
      retry: ({ attempts, error }) => {
        asked.push([attempts, (error as Error).message]);
        return attempts < 2 ? 30 : undefined;
      },
    });
    await sender.send("worker", 1, ACKED);
    await until("it has failed", () => asked.length === 1);
    await turns();
    assert.equal(calls, 1);
    await stage.pass(31);
    await until("it is given up", () => stage.bus.deadLetters.size === 1);
    assert.deepEqual(asked, [[1, "busy"], [2, "busy"]]);
    assert.equal(calls, 2);
  },

  "the bus's retry policy holds where a handler has none": async (open) => {
    await using stage = await open({
      delivery: { maxAttempts: 2, retry: () => 5 },
    });
    const { sender, worker } = await pair(stage);
    let calls = 0;
    worker.receive(() => {
      calls++;
      throw new Error("no");
    });
    await sender.send("worker", 1, ACKED);
    await until("it has failed once", () => calls === 1);
    await stage.pass(6);
    await until("it is given up", () => stage.bus.deadLetters.size === 1);
    assert.equal(calls, 2);
  },

  'a BusError with code "rejected" dead-letters at once': async (open) => {
    await using stage = await open();
    const { sender, worker } = await pair(stage);
    let calls = 0;
    worker.receive(() => {
      calls++;
      throw new BusError("rejected", "not my job");
    }, AT_ONCE);
    await sender.send("worker", 1, ACKED);
    await until("it is given up", () => stage.bus.deadLetters.size === 1);
    await turns();
    const [letter] = stage.bus.deadLetters.entries();
    assert.equal(letter?.reason, "rejected");
    assert.equal(letter?.detail, "not my job");
    assert.equal(letter?.attempts, 1);
    assert.equal(calls, 1);
  },

  "S4 a message at most once never comes twice": async (open) => {
    await using stage = await open();
    const { sender, worker } = await pair(stage);
    const seen: unknown[] = [];
    worker.receive(({ payload }, delivery) => {
      seen.push(payload);
      if (payload === "nack") delivery.nack();
      else throw new Error("no");
    }, AT_ONCE);
    await sender.send("worker", "throw");
    await sender.send("worker", "nack");
    await until("both are given up", () => stage.bus.deadLetters.size === 2);
    await turns();
    assert.deepEqual(seen, ["throw", "nack"]);
    for (const { reason, attempts } of stage.bus.deadLetters.entries()) {
      assert.deepEqual([reason, attempts], ["handler_failed", 1]);
    }
  },

  "nack() brings it again, at once or after the delay": async (open) => {
    await using stage = await open();
    const { sender, worker } = await pair(stage);
    const seen: number[] = [];
    worker.receive(({ attempt }, delivery) => {
      seen.push(attempt);
      if (attempt === 1) delivery.nack({ reason: "not yet" });
      if (attempt === 2) delivery.nack({ delayMs: 40 });
    });
    const id = await sender.send("worker", 1, ACKED);
    await until("it came again", () => seen.length === 2);
    await turns();
    assert.equal(seen.length, 2);
    await stage.pass(41);
    await until("it is done", () => stage.bus.stats().totalAcked === 1);
    assert.deepEqual(seen, [1, 2, 3]);
    const errors = stage.bus.message(id)?.deliveries.map(({ error }) => error);
    assert.equal(errors?.[0], "not yet");
  },

  "reject() makes it a dead letter with the reason": async (open) => {
    await using stage = await open();
    const { sender, worker } = await pair(stage);
    worker.receive((_, delivery) => delivery.reject("unreadable"));
    await sender.send("worker", 1, ACKED);
    await until("it is given up", () => stage.bus.deadLetters.size === 1);
    const [letter] = stage.bus.deadLetters.entries();
    assert.deepEqual([letter?.reason, letter?.detail], [
      "rejected",
      "unreadable",
    ]);
  },

  "K2 K4 the first settlement counts, what follows changes nothing": async (
    open,
  ) => {
    await using stage = await open();
    const { sender, worker } = await pair(stage);
    let calls = 0;
    worker.receive((_, delivery) => {
      calls++;
      delivery.ack();
      delivery.ack();
      delivery.nack();
      delivery.reject("too late");
      throw new Error("too late as well");
    });
    await sender.send("worker", 1, ACKED);
    await until("it is done", () => stage.bus.stats().totalAcked === 1);
    await turns();
    assert.equal(calls, 1);
    assert.equal(stage.bus.deadLetters.size, 0);
    assert.equal(stage.bus.stats().totalAcked, 1);
    assert.equal(stage.bus.stats().staleSettlements, 0);
  },

  "S3 a lease that ends redelivers, and tells who had it": async (open) => {
    await using stage = await open();
    const { sender, worker } = await pair(stage);
    const seen: [number, boolean][] = [];
    const signals: AbortSignal[] = [];
    worker.receive(({ attempt }, { redelivered, signal }) => {
      seen.push([attempt, redelivered]);
      signals.push(signal);
      return attempt === 1 ? new Promise(() => {}) : undefined;
    }, { ackTimeoutMs: 40, concurrency: 2 });
    await sender.send("worker", 1, ACKED);
    await until("it is in hand", () => seen.length === 1);
    await stage.pass(41);
    await until("it is done", () => stage.bus.stats().totalAcked === 1);
    assert.deepEqual(seen, [[1, false], [2, true]]);
    await until("the first is told", () => signals[0]?.aborted === true);
    assert.equal(signals[1]?.aborted, false);
  },

  "K1 an ack after the lease's end changes nothing, and is counted": async (
    open,
  ) => {
    await using stage = await open();
    const { sender, worker } = await pair(stage);
    const deliveries: Delivery[] = [];
    const { opened, open: release } = door();
    worker.receive((_, delivery) => {
      deliveries.push(delivery);
      return opened;
    }, { ackTimeoutMs: 30, concurrency: 2, maxAttempts: 2 });
    await sender.send("worker", 1, ACKED);
    await until("it is in hand", () => deliveries.length === 1);
    await stage.pass(31);
    await until("it is in hand again", () => deliveries.length === 2);
    await stage.pass(31);
    await until("it is given up", () => stage.bus.deadLetters.size === 1);
    release();
    const late = () => stage.bus.stats().staleSettlements;
    await until("late acks are counted", () => late() === 2);
    assert.equal(stage.bus.stats().totalAcked, 0);
    assert.equal(stage.bus.deadLetters.size, 1);
  },

  "K5 extend() starts the ack deadline anew": async (open) => {
    await using stage = await open();
    const { sender, worker } = await pair(stage);
    const attempts: number[] = [];
    let hold: Delivery | undefined;
    const { opened, open: release } = door();
    worker.receive((_, delivery) => {
      attempts.push(delivery.message.attempt);
      hold = delivery;
      return opened;
    }, { ackTimeoutMs: 200 });
    await sender.send("worker", 1, ACKED);
    await until("it is in hand", () => hold !== undefined);
    for (const _ of upTo(3)) {
      await stage.pass(90);
      hold?.extend();
    }
    await turns();
    assert.equal(hold?.signal.aborted, false);
    release();
    await until("it is done", () => stage.bus.stats().totalAcked === 1);
    assert.deepEqual(attempts, [1]);
  },

  "concurrency bounds what a handler has in hand": async (open) => {
    await using stage = await open();
    const { sender, worker } = await pair(stage);
    let running = 0;
    let most = 0;
    worker.receive(async () => {
      most = Math.max(most, ++running);
      await turns();
      running--;
    }, { concurrency: 3 });
    for (const n of upTo(12)) await sender.send("worker", n, ACKED);
    await until("all are done", () => stage.bus.stats().totalAcked === 12);
    assert.equal(most, 3);
  },

  "L5 one subscriber that throws does not stop the others": async (open) => {
    await using stage = await open();
    const { sender, worker } = await pair(stage);
    const other = await stage.join("other");
    let seen = 0;
    await worker.subscribe("news", () => {
      throw new Error("no");
    });
    await other.subscribe("news", () => void seen++);
    for (const n of upTo(5)) await sender.publish("news", n);
    await until("it has all", () => seen === 5);
    await until("all failed", () => stage.bus.deadLetters.size === 5);
  },
};

async function pair(stage: AgentStage) {
  const sender = await stage.join("sender");
  const worker = await stage.join("worker");
  return { sender, worker };
}
