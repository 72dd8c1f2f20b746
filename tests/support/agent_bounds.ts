import assert from "node:assert/strict";
import type { Overflow } from "../../bus/agent.ts";
import {
  type AgentCases,
  type AgentStage,
  codeOf,
  door,
  turns,
  until,
  upTo,
} from "./agent_stage.ts";

const ACKED = { requiresAck: true };

/** What happens at the limits: of time, of a mailbox, of the bus. */
export const agentBounds: AgentCases = {
  "T2 a message expires without anybody looking, as one dead letter": async (
    open,
  ) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const worker = await stage.join("worker");
    await sender.send("worker", 1, { ttlMs: 40, requiresAck: true });
    await sender.send("worker", 2, { ttlMs: 40 });
    await stage.pass(41);
    await until("both have", () => stage.bus.stats().totalExpired === 2);
    const letters = stage.bus.deadLetters.entries();
    assert.deepEqual(letters.map(({ reason }) => reason), [
      "expired",
      "expired",
    ]);
    assert.equal(stage.bus.stats().pendingMessages, 0);
    worker.receive(() => assert.fail("its time has ended"));
    await turns();
  },

  "T3 what is in hand when its time ends may finish, but is not tried again":
    async (open) => {
      await using stage = await open();
      const sender = await stage.join("sender");
      const worker = await stage.join("worker");
      const { opened, open: release } = door();
      const seen: unknown[] = [];
      worker.receive(async ({ payload }) => {
        seen.push(payload);
        await opened;
        if (payload === "fails") throw new Error("no");
      }, { concurrency: 2, retry: () => 0 });
      const options = { ttlMs: 300, requiresAck: true };
      await sender.send("worker", "finishes", options);
      await sender.send("worker", "fails", options);
      await until("both are in hand", () => seen.length === 2);
      await stage.pass(301);
      assert.equal(stage.bus.deadLetters.size, 0);
      release();
      await until("one is done", () => stage.bus.stats().totalAcked === 1);
      await until("one is dead", () => stage.bus.deadLetters.size === 1);
      assert.deepEqual(seen, ["finishes", "fails"]);
    },

  "S8 ttlMs 0 is refused, and leaves one dead letter": async (open) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    await stage.join("worker");
    const sending = sender.send("worker", { n: 1 }, { ttlMs: 0 });
    assert.equal(await codeOf(sending), "expired");
    await until("it is there", () => stage.bus.deadLetters.size === 1);
    await turns();
    const [letter, ...others] = stage.bus.deadLetters.entries();
    assert.equal(letter?.reason, "expired");
    assert.deepEqual(letter?.message.payload, { n: 1 });
    assert.deepEqual(others, []);
    assert.equal(stage.bus.stats().totalMessages, 0);
  },

  "S8 too large is refused, and leaves one dead letter of at most 4 KiB":
    async (open) => {
      await using stage = await open({ maxMessageBytes: 10_000 });
      const sender = await stage.join("sender");
      await stage.join("worker");
      const text = sender.send("worker", "x".repeat(20_000), ACKED);
      assert.equal(await codeOf(text), "too_large");
      const bytes = sender.publish("news", new Uint8Array(20_000));
      assert.equal(await codeOf(bytes), "too_large");
      // Characters of two bytes each: it is bytes that are counted.
      const wide = sender.send("worker", "ä".repeat(20_000));
      assert.equal(await codeOf(wide), "too_large");
      await until("all are there", () => stage.bus.deadLetters.size === 3);
      await turns();
      const letters = stage.bus.deadLetters.entries();
      assert.equal(letters.length, 3);
      for (const { reason, message: { payload } } of letters) {
        assert.equal(reason, "too_large");
        const kept = payload instanceof Uint8Array
          ? payload
          : new TextEncoder().encode(payload as string);
        assert.ok(kept.length > 0 && kept.length <= 4_096, `${kept.length}`);
      }
      assert.equal(stage.bus.stats().totalMessages, 0);
      await sender.send("worker", "x".repeat(9_000), ACKED);
      assert.equal(stage.bus.stats().totalMessages, 1);
    },

  "S3 a second send with the same deduplicationId adds nothing": async (
    open,
  ) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const other = await stage.join("other");
    const worker = await stage.join("worker");
    const seen: unknown[] = [];
    worker.receive(({ payload }) => void seen.push(payload));
    const options = { requiresAck: true, deduplicationId: "job 1" };
    const first = await sender.send("worker", "first", options);
    const second = await sender.send("worker", "second", options);
    assert.equal(second, first);
    await other.send("worker", "another's", options);
    await until("both are done", () => stage.bus.stats().totalAcked === 2);
    await turns();
    assert.deepEqual(seen, ["first", "another's"]);
  },

  'a full mailbox that rejects refuses with "overflow"': async (open) => {
    await using stage = await open();
    const { send, seen, release } = await fullMailbox(stage, "reject");
    assert.equal(await codeOf(send(3)), "overflow");
    release();
    await until("the others arrive", () => seen.length === 3);
    assert.equal(stage.bus.deadLetters.size, 0);
    assert.equal(stage.bus.stats().totalRefused, 1);
  },

  "a full mailbox that drops the oldest keeps the newest": async (open) => {
    await using stage = await open();
    const { send, seen, release } = await fullMailbox(stage, "drop-oldest");
    await send(3);
    assertOneDropped(stage, 1);
    release();
    await until("the others arrive", () => seen.length === 3);
    assert.deepEqual(seen, [0, 2, 3]);
  },

  "a full mailbox that drops the newest keeps the oldest": async (open) => {
    await using stage = await open();
    const { send, seen, release } = await fullMailbox(stage, "drop-newest");
    await send(3);
    assertOneDropped(stage, 3);
    release();
    await until("the others arrive", () => seen.length === 3);
    assert.deepEqual(seen, [0, 1, 2]);
  },

  "a full mailbox that waits lets its sender in when there is room": async (
    open,
  ) => {
    await using stage = await open();
    const { send, seen, release } = await fullMailbox(stage, "wait");
    let isSent = false;
    const sending = send(3).then(() => isSent = true);
    await until("it waits", () => stage.bus.backpressure.waiting === 1);
    await turns();
    assert.equal(isSent, false);
    release();
    await sending;
    await until("all arrive", () => seen.length === 4);
    assert.deepEqual(seen, upTo(4));
  },

  "B3 a full bus lets senders in as there is room, first come, first served":
    async (open) => {
      await using stage = await open({ backpressure: { maxPending: 2 } });
      const { senders, seen, release } = await fullBus(stage);
      const sent: string[] = [];
      const sending = [];
      for (const [index, sender] of senders.entries()) {
        const name = sender.name;
        sending.push(
          sender.send("worker", name, ACKED).then(() => void sent.push(name)),
        );
        const { backpressure } = stage.bus;
        await until("it waits", () => backpressure.waiting === index + 1);
      }
      await turns();
      assert.deepEqual(sent, []);
      assert.equal(stage.bus.backpressure.saturated, true);
      release();
      await Promise.all(sending);
      await until("all arrive", () => seen.length === 5);
      assert.deepEqual(seen, [0, 1, "a", "b", "c"]);
      assert.ok(stage.bus.backpressure.snapshot().peakPending <= 2);
    },

  'B2 a wait that is too long ends with "backpressure_timeout"': async (
    open,
  ) => {
    await using stage = await open({
      backpressure: { maxPending: 2, timeoutMs: 40 },
    });
    const { senders: [sender], seen, release } = await fullBus(stage);
    const before = stage.bus.stats().totalMessages;
    const refused = codeOf(sender.send("worker", "late", ACKED));
    await until("it waits", () => stage.bus.backpressure.waiting === 1);
    await stage.pass(41);
    assert.equal(await refused, "backpressure_timeout");
    assert.equal(stage.bus.stats().totalMessages, before);
    assert.equal(stage.bus.backpressure.waiting, 0);
    assert.equal(stage.bus.backpressure.pending, 2);
    release();
    await until("it is empty", () => stage.bus.backpressure.pending === 0);
    await turns();
    assert.deepEqual(seen, [0, 1]);
  },

  "an aborted signal gives up the wait for room": async (open) => {
    await using stage = await open({
      backpressure: { maxPending: 2, timeoutMs: 1_000 },
    });
    const { senders: [sender], seen, release } = await fullBus(stage);
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

  "B6 a full bus takes acks": async (open) => {
    await using stage = await open({ backpressure: { maxPending: 2 } });
    const { senders: [sender], release } = await fullBus(stage);
    const sending = sender.send("worker", "next", ACKED);
    await until("it waits", () => stage.bus.backpressure.waiting === 1);
    release();
    await sending;
    await until("all are done", () => stage.bus.stats().totalAcked === 3);
    assert.equal(stage.bus.backpressure.pending, 0);
    assert.equal(stage.bus.backpressure.snapshot().pendingBytes, 0);
  },
};

/** A subscription with one message in hand and as many waiting as it may have. */
async function fullMailbox(stage: AgentStage, overflow: Overflow) {
  const sender = await stage.join("sender");
  const worker = await stage.join("worker");
  const { opened, open: release } = door();
  const seen: unknown[] = [];
  let started = 0;
  await worker.subscribe("jobs", async ({ payload }) => {
    started++;
    await opened;
    seen.push(payload);
  }, { maxMessages: 2, overflow });
  const send = (n: number) => sender.publish("jobs", n, ACKED);
  await send(0);
  await until("it is in hand", () => started === 1);
  await send(1);
  await send(2);
  return { send, seen, release };
}

function assertOneDropped({ bus }: AgentStage, payload: number): void {
  assert.equal(bus.stats().totalDropped, 1);
  const [letter, ...others] = bus.deadLetters.entries();
  assert.equal(letter?.reason, "overflow");
  assert.equal(letter?.message.payload, payload);
  assert.deepEqual(others, []);
}

/** A bus with room for two messages, which are there, and three agents that would send more. */
async function fullBus(stage: AgentStage) {
  const a = await stage.join("a");
  const senders = [a, await stage.join("b"), await stage.join("c")] as const;
  const worker = await stage.join("worker");
  const { opened, open: release } = door();
  const seen: unknown[] = [];
  worker.receive(async ({ payload }) => {
    await opened;
    seen.push(payload);
  });
  for (const n of upTo(2)) await a.send("worker", n, ACKED);
  return { senders, seen, release };
}
