import assert from "node:assert/strict";
import type { Delivery } from "../../bus/agent.ts";
import {
  type AgentCases,
  codeOf,
  door,
  settled,
  turns,
  until,
} from "./agent_stage.ts";

const ACKED = { requiresAck: true };

/** What is given up, and what comes too late. */
export const agentEdges: AgentCases = {
  "R6 an aborted signal rethrows its reason": async (open) => {
    await using stage = await open();
    const asker = await stage.join("asker");
    const slow = await stage.join("slow");
    let started = false;
    slow.respond(() => {
      started = true;
      return new Promise(() => {});
    });
    await settled(slow);
    const controller = new AbortController();
    const reason = new Error("changed my mind");
    const asking = asker.request("slow", 1, { signal: controller.signal });
    await until("it is in hand", () => started);
    controller.abort(reason);
    await assert.rejects(asking, (error) => error === reason);
  },

  "an aborted signal gives up the wait for room": async (open) => {
    await using stage = await open({
      backpressure: { maxPending: 2, timeoutMs: 1_000 },
    });
    const sender = await stage.join("sender");
    const worker = await stage.join("worker");
    const { opened, open: release } = door();
    const seen: unknown[] = [];
    worker.receive(async ({ payload }) => {
      await opened;
      seen.push(payload);
    });
    for (const n of [0, 1]) await sender.send("worker", n, ACKED);
    const controller = new AbortController();
    const reason = new Error("never mind");
    const { signal } = controller;
    const sending = sender.send("worker", "given up", { ...ACKED, signal })
      .then(() => "sent", (error) => error);
    await until("it waits", () => stage.bus.backpressure.waiting === 1);
    controller.abort(reason);
    await stage.pass(1_001);
    assert.equal(await sending, reason);
    assert.equal(stage.bus.backpressure.waiting, 0);
    release();
    await until("it is empty", () => stage.bus.backpressure.pending === 0);
    await turns();
    assert.deepEqual(seen, [0, 1]);
  },

  "R2 a reply that comes too late is counted": async (open) => {
    await using stage = await open();
    const asker = await stage.join("asker");
    const slow = await stage.join("slow");
    const { opened, open: release } = door();
    slow.respond(() => opened);
    await settled(slow);
    const asking = codeOf(asker.request("slow", 1, { timeoutMs: 30 }));
    await stage.pass(31);
    assert.equal(await asking, "request_timeout");
    release();
    await until("it is counted", () => stage.bus.stats().lateReplies === 1);
  },
  "K1 an ack after the lease's end is counted": async (open) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const worker = await stage.join("worker");
    const deliveries: Delivery[] = [];
    const { opened, open: release } = door();
    worker.receive((_, delivery) => {
      deliveries.push(delivery);
      return opened;
    }, { ackTimeoutMs: 30, concurrency: 2, maxAttempts: 2 });
    await sender.send("worker", 1, { requiresAck: true });
    await until("it is in hand", () => deliveries.length === 1);
    await stage.pass(31);
    await until("it is in hand again", () => deliveries.length === 2);
    await stage.pass(31);
    await until("it is given up", () => stage.bus.deadLetters.size === 1);
    release();
    const late = () => stage.bus.stats().staleSettlements;
    await until("late acks are counted", () => late() === 2);
  },

  "S8 what is kept of a message that is too large is at most 4 KiB": async (
    open,
  ) => {
    await using stage = await open({ maxMessageBytes: 10_000 });
    const sender = await stage.join("sender");
    const sending = sender.send("sender", "ä".repeat(20_000));
    assert.equal(await codeOf(sending), "too_large");
    await until("it is there", () => stage.bus.deadLetters.size === 1);
    const [letter] = stage.bus.deadLetters.entries();
    const kept = new TextEncoder().encode(letter?.message.payload as string);
    assert.ok(kept.length <= 4_096, `${kept.length} bytes`);
  },

  "S8 a publish whose topic is null is refused": async (open) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const publishing = sender.publish(null as unknown as string, 1);
    assert.equal(await codeOf(publishing), "invalid_message");
  },
};
