import assert from "node:assert/strict";
import { type AgentCases, settled, turns, until, upTo } from "./agent_stage.ts";

const ACKED = { requiresAck: true };

/** Loops over an inbox. */
export const agentInboxes: AgentCases = {
  "inbox() yields direct messages for a loop that acknowledges": async (
    open,
  ) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const worker = await stage.join("worker");
    for (const n of upTo(5)) await sender.send("worker", n, ACKED);
    const seen: number[] = [];
    for await (const delivery of worker.inbox<number>()) {
      seen.push(delivery.message.payload);
      delivery.ack();
      if (seen.length === 5) break;
    }
    assert.deepEqual(seen, upTo(5));
    await until("all are done", () => stage.bus.stats().totalAcked === 5);
    assert.equal(stage.bus.stats().totalRedelivered, 0);
  },

  "leaving the loop gives back what is not acknowledged": async (open) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const worker = await stage.join("worker");
    for (const n of upTo(3)) await sender.send("worker", n, ACKED);
    for await (const delivery of worker.inbox()) {
      assert.equal(delivery.message.payload, 0);
      break;
    }
    const seen: unknown[] = [];
    worker.receive(({ payload }) => void seen.push(payload));
    await until("all are done", () => stage.bus.stats().totalAcked === 3);
    assert.deepEqual(seen, upTo(3));
  },

  "asking for the next says that one at most once is done": async (open) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const worker = await stage.join("worker");
    for (const n of upTo(3)) await sender.send("worker", n);
    let count = 0;
    for await (const _ of worker.inbox()) if (++count === 3) break;
    const pending = () => stage.bus.stats().pendingMessages;
    await until("nothing is pending", () => pending() === 0);
    assert.equal(stage.bus.stats().totalDropped, 0);
    assert.equal(stage.bus.deadLetters.size, 0);
  },

  "several may be in hand, and be settled in any order": async (open) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const worker = await stage.join("worker");
    const deliveries = worker.inbox<number>()[Symbol.asyncIterator]();
    for (const n of upTo(3)) await sender.send("worker", n, ACKED);
    const held = [];
    for (const _ of upTo(3)) held.push((await deliveries.next()).value);
    held[2]?.ack();
    held[0]?.reject("no");
    held[1]?.nack();
    const again = (await deliveries.next()).value;
    assert.equal(again?.message.payload, 1);
    assert.equal(again?.redelivered, true);
    again?.ack();
    await until("all are done", () => stage.bus.stats().pendingMessages === 0);
    assert.equal(stage.bus.stats().totalAcked, 2);
    assert.equal(stage.bus.deadLetters.size, 1);
    await deliveries.return?.();
  },

  "inbox() holds at most its concurrency": async (open) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const worker = await stage.join("worker");
    const deliveries = worker.inbox({ concurrency: 2 })[Symbol.asyncIterator]();
    for (const n of upTo(5)) await sender.send("worker", n, ACKED);
    const held = [];
    for (const _ of upTo(2)) held.push((await deliveries.next()).value);
    let third = false;
    const next = deliveries.next().then(({ value }) => {
      third = true;
      return value;
    });
    await turns();
    assert.equal(third, false);
    held[0]?.ack();
    assert.equal((await next)?.message.payload, 2);
    await deliveries.return?.();
  },

  "closing the agent ends its loops": async (open) => {
    await using stage = await open();
    const worker = await stage.join("worker");
    const deliveries = worker.inbox()[Symbol.asyncIterator]();
    const next = deliveries.next();
    await settled(worker);
    await worker.close();
    assert.equal((await next).done, true);
    assert.equal((await deliveries.next()).done, true);
  },
};
