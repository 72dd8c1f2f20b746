import assert from "node:assert/strict";
import { Counters } from "../../bus/stats.ts";
import type { BusStats } from "../../bus/records.ts";
import type { MessageHead } from "../../bus/envelope.ts";

const NOW = { pendingMessages: 3, deadLetters: 4 };

Deno.test("X6 Counters.snapshot() stays what it was, also where it is read late", () => {
  const counters = new Counters();
  counters.accept(headOf("planner", "jobs.build"));
  const before = counters.snapshot(NOW);
  counters.accept(headOf("planner", "jobs.build"));
  counters.accept(headOf("coder", "jobs.test"));
  assert.deepEqual(before.perTopic, { "jobs.build": 1 });
  assert.deepEqual(before.perSender, { planner: 1 });
  assert.deepEqual(before.perType, { publish: 1 });
  assert.equal(before.totalMessages, 1);
  const { perTopic, perSender } = counters.snapshot(NOW);
  assert.deepEqual(perTopic, { "jobs.build": 2, "jobs.test": 1 });
  assert.deepEqual(perSender, { planner: 2, coder: 1 });
});

Deno.test("Counters.snapshot() is plain to whoever copies, compares, clones, prints or writes it", () => {
  const counters = new Counters();
  counters.accept(headOf("planner", "jobs.build"));
  const plain = plainStats();
  const read = () => counters.snapshot(NOW);
  assert.deepEqual(read(), plain);
  assert.deepEqual({ ...read() }, plain);
  assert.deepEqual(structuredClone(read()), plain);
  assert.equal(JSON.stringify(read()), JSON.stringify(plain));
  assert.deepEqual(Object.keys(read()), Object.keys(plain));
  assert.equal(Deno.inspect(read()), Deno.inspect(plain));
  assert.equal(read().perTopic === read().perTopic, false);
});

/** What is shown once "planner" has published one message. */
function plainStats(): BusStats {
  return {
    totalMessages: 1,
    totalSent: 1,
    totalDelivered: 0,
    totalAcked: 0,
    totalFailed: 0,
    totalExpired: 0,
    totalDropped: 0,
    totalRedelivered: 0,
    totalRefused: 0,
    lateReplies: 0,
    staleSettlements: 0,
    connectionErrors: 0,
    ...NOW,
    perTopic: { "jobs.build": 1 },
    perSender: { planner: 1 },
    perType: { publish: 1 },
    latencyMs: { p50: 0, p90: 0, p99: 0, max: 0 },
  };
}

function headOf(sender: string, topic: string): MessageHead {
  return {
    id: "1",
    type: "publish",
    sender,
    topic,
    priority: 50,
    timestamp: 0,
    requiresAck: false,
  } as MessageHead;
}
