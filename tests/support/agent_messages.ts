import assert from "node:assert/strict";
import type { Agent } from "../../bus/agent.ts";
import {
  type AgentCases,
  agentOf,
  type AgentStage,
  door,
  settled,
  turns,
  until,
  upTo,
} from "./agent_stage.ts";

/** Who gets what, and in which order. */
export const agentMessages: AgentCases = {
  "send() reaches the agent it names, and no other": async (open) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const named = await collector(stage, "named");
    const other = await collector(stage, "other");
    await sender.send("named", "hello", { requiresAck: true });
    await until("it arrives", () => named.payloads.length === 1);
    await turns();
    assert.deepEqual(named.payloads, ["hello"]);
    assert.deepEqual(other.payloads, []);
  },

  "a message arrives with all that its sender said": async (open) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const received = Promise.withResolvers<Record<string, unknown>>();
    const reader = await stage.join("reader");
    reader.receive((message) => received.resolve({ ...message }));
    const headers = { traceparent: "00-1", own: "ä" };
    const id = await sender.send("reader", { n: 1 }, {
      priority: 70,
      ttlMs: 60_000,
      requiresAck: true,
      correlationId: "talk",
      topic: "jobs.build",
      headers,
    });
    const { timestamp, requestId, ...message } = await received.promise;
    assert.equal(typeof timestamp, "number");
    assert.equal(requestId, undefined);
    assert.deepEqual(
      { ...message, headers: { ...message.headers as object } },
      {
        id,
        type: "direct",
        sender: "sender",
        recipient: "reader",
        topic: "jobs.build",
        correlationId: "talk",
        payload: { n: 1 },
        priority: 70,
        ttlMs: 60_000,
        attempt: 1,
        requiresAck: true,
        headers,
      },
    );
  },

  "what a sender leaves out has its default": async (open) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const received = Promise.withResolvers<Record<string, unknown>>();
    const reader = await stage.join("reader");
    reader.receive((message) => received.resolve({ ...message }));
    await sender.send("reader", 1);
    const message = await received.promise;
    assert.equal(message.priority, 50);
    assert.equal(message.requiresAck, false);
    assert.equal(message.ttlMs, undefined);
    assert.equal(message.correlationId, undefined);
  },

  "O1 messages of one sender arrive in the order they were sent": async (
    open,
  ) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const reader = await collector(stage, "reader");
    for (const n of upTo(300)) await sender.send("reader", n);
    await until("all arrive", () => reader.payloads.length === 300);
    assert.deepEqual(reader.payloads, upTo(300));
  },

  "P1 a backlog is handled by priority, equals in the order they were sent":
    async (open) => {
      await using stage = await open();
      const sender = await stage.join("sender");
      const reader = await stage.join("reader");
      const { opened, open: release } = door();
      const seen: unknown[] = [];
      reader.receive(async ({ payload }) => {
        if (payload === "first") await opened;
        seen.push(payload);
      });
      const send = (payload: string, priority: number) =>
        sender.send("reader", payload, { priority, requiresAck: true });
      await send("first", 50);
      await until(
        "it is in hand",
        () => agentOf(stage, "reader")?.inFlight === 1,
      );
      for (const [index, priority] of [0, 50, 100, 50, 99, 0].entries()) {
        await send(`${priority} ${index}`, priority);
      }
      release();
      await until("all are handled", () => seen.length === 7);
      const sorted = ["100 2", "99 4", "50 1", "50 3", "0 0", "0 5"];
      assert.deepEqual(seen, ["first", ...sorted]);
    },

  "publish() reaches patterns by token": async (open) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const reader = await stage.join("reader");
    const seen = new Map<string, unknown[]>();
    const patterns = ["jobs.build.done", "jobs.*.done", "jobs.>", "*", ">"];
    for (const pattern of patterns) {
      seen.set(pattern, []);
      await reader.subscribe(pattern, ({ payload }) => {
        seen.get(pattern)?.push(payload);
      });
    }
    for (const topic of ["jobs.build.done", "jobs.test.done", "jobs", "end"]) {
      await sender.publish(topic, topic);
    }
    await until("all arrive", () => seen.get(">")?.includes("end") ?? false);
    await until("the last arrives", () => seen.get("*")?.length === 2);
    assert.deepEqual(Object.fromEntries(seen), {
      "jobs.build.done": ["jobs.build.done"],
      "jobs.*.done": ["jobs.build.done", "jobs.test.done"],
      "jobs.>": ["jobs.build.done", "jobs.test.done"],
      "*": ["jobs", "end"],
      ">": ["jobs.build.done", "jobs.test.done", "jobs", "end"],
    });
  },

  "S5 each subscriber gets one copy, and one that left gets none": async (
    open,
  ) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const seen: string[] = [];
    const subscriptions = [];
    for (const name of ["a", "b", "c"]) {
      const agent = await stage.join(name);
      subscriptions.push(
        await agent.subscribe("news", ({ payload }) => {
          seen.push(`${name}${payload}`);
        }),
      );
    }
    await sender.publish("news", 1, { requiresAck: true });
    await until("all have it", () => seen.length === 3);
    await subscriptions[1]?.close();
    await sender.publish("news", 2, { requiresAck: true });
    await until("both have it", () => seen.length === 5);
    await turns();
    assert.deepEqual(seen.sort(), ["a1", "a2", "b1", "c1", "c2"]);
    assert.deepEqual(stage.bus.subscribers("news").sort(), ["a", "c"]);
  },

  "a queue group shares: each message goes to one member, and to each group":
    async (open) => {
      await using stage = await open();
      const sender = await stage.join("sender");
      const seen: Record<string, number[]> = { build: [], audit: [] };
      const members = new Set<string>();
      for (const name of ["a", "b", "c"]) {
        const agent = await stage.join(name);
        await agent.subscribe<number>("jobs.*", ({ payload }) => {
          seen.build?.push(payload);
          members.add(name);
        }, { queue: "build" });
      }
      const auditor = await stage.join("auditor");
      await auditor.subscribe<number>("jobs.*", ({ payload }) => {
        seen.audit?.push(payload);
      }, { queue: "audit" });
      for (const n of upTo(30)) await sender.publish("jobs.new", n);
      await until("all are handled", () => count(seen) === 60);
      await turns();
      assert.deepEqual(seen.build?.sort(byNumber), upTo(30));
      assert.deepEqual(seen.audit, upTo(30));
      assert.equal(members.size, 3);
    },

  "S6 instances of one name share its messages fairly": async (open) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const shares = [0, 0, 0];
    for (const index of upTo(3)) {
      const instance = await stage.join("worker");
      instance.receive(async () => {
        shares[index] = (shares[index] ?? 0) + 1;
        await turns();
      });
      await settled(instance);
    }
    for (const n of upTo(60)) {
      await sender.send("worker", n, { requiresAck: true });
    }
    await until("all are handled", () => stage.bus.stats().totalAcked === 60);
    for (const share of shares) {
      assert.ok(Math.abs(share - 20) <= 2, `shares are ${shares}`);
    }
  },

  "broadcast() reaches every other agent that receives": async (open) => {
    await using stage = await open();
    const names = ["a", "b", "c"];
    const seen: string[] = [];
    const agents: Agent[] = [];
    for (const name of names) {
      const agent = await stage.join(name);
      agent.receive(({ payload }) => void seen.push(`${name} ${payload}`));
      await agent.subscribe(">", () => assert.fail("it was not published"));
      agents.push(agent);
    }
    await agents[0]?.broadcast("hello", { requiresAck: true });
    await until("both have it", () => seen.length === 2);
    await turns();
    assert.deepEqual(seen.sort(), ["b hello", "c hello"]);
  },

  "a publish nobody receives is counted, and a letter only if it required an ack":
    async (open) => {
      await using stage = await open();
      const sender = await stage.join("sender");
      await sender.publish("nowhere", 1);
      await until("it is counted", () => stage.bus.stats().totalDropped === 1);
      assert.equal(stage.bus.deadLetters.size, 0);
      await sender.publish("nowhere", 2, { requiresAck: true });
      const [letter] = stage.bus.deadLetters.entries();
      assert.equal(letter?.reason, "no_subscriber");
      assert.equal(stage.bus.deadLetters.size, 1);
    },

  "a message to a name nobody knows becomes a dead letter": async (open) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const id = await sender.send("nobody", 1, { requiresAck: true });
    const [letter] = stage.bus.deadLetters.entries();
    assert.equal(letter?.reason, "no_recipient");
    assert.equal(letter?.message.id, id);
    assert.equal(letter?.agent, "nobody");
  },
};

/** An agent that keeps the payloads it receives. */
async function collector(
  stage: AgentStage,
  name: string,
): Promise<{ agent: Agent; payloads: unknown[] }> {
  const payloads: unknown[] = [];
  const agent = await stage.join(name);
  agent.receive(({ payload }) => void payloads.push(payload));
  return { agent, payloads };
}

function count(seen: Record<string, unknown[]>): number {
  return Object.values(seen).reduce((sum, { length }) => sum + length, 0);
}

function byNumber(left: number, right: number): number {
  return left - right;
}
