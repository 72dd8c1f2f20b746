import assert from "node:assert/strict";
import { BusError } from "../../core/errors.ts";
import type { DeadLetter, DeadLetterReason } from "../../dlq/dead_letter.ts";
import {
  LetterQueue,
  type LetterQueueOptions,
  type Replay,
} from "../../dlq/dead_letter_queue.ts";

interface Origin {
  readonly from: string;
}

/** A queue that notes what leaves it. */
function open(options: Partial<LetterQueueOptions<Origin>> = {}) {
  const removed: string[] = [];
  const queue = new LetterQueue<Origin>({
    maxEntries: 10,
    maxBytes: 1_000,
    evictOldest: true,
    redeliver: ({ letter }, { onTaken }) => {
      onTaken();
      return Promise.resolve(letter.message.id);
    },
    onRemoved: ({ letter: { id } }, cause) => removed.push(`${id} ${cause}`),
    ...options,
  });
  return { queue, removed };
}

function letterOf(
  id: string,
  { reason = "expired", agent, topic }: {
    reason?: DeadLetterReason;
    agent?: string;
    topic?: string;
  } = {},
): DeadLetter {
  return {
    id,
    message: {
      id: `m-${id}`,
      type: "direct",
      sender: "a",
      payload: null,
      priority: 50,
      timestamp: 0,
      attempt: 1,
      requiresAck: false,
      topic,
    },
    reason,
    attempts: 0,
    failedAt: 0,
    agent,
  };
}

function add(
  queue: LetterQueue<Origin>,
  id: string,
  { bytes = 1, ...about }: {
    bytes?: number;
    reason?: DeadLetterReason;
    agent?: string;
    topic?: string;
  } = {},
): void {
  queue.add({ letter: letterOf(id, about), bytes, origin: { from: id } });
}

function idsOf(letters: Iterable<DeadLetter>): string[] {
  return [...letters].map(({ id }) => id);
}

Deno.test("LetterQueue.entries() gives the newest first, iterating the oldest", () => {
  const { queue } = open();
  for (const id of ["1", "2", "3"]) add(queue, id);
  assert.deepEqual(idsOf(queue.entries()), ["3", "2", "1"]);
  assert.deepEqual(idsOf(queue), ["1", "2", "3"]);
  assert.deepEqual(idsOf(queue.entries({ limit: 2 })), ["3", "2"]);
  assert.deepEqual(queue.entries({ limit: 0 }), []);
  assert.equal(queue.get("2")?.message.id, "m-2");
  assert.equal(queue.get("4"), undefined);
});

Deno.test("LetterQueue.entries() narrows by reason, agent and topic, together", () => {
  const { queue } = open();
  add(queue, "1", { reason: "rejected", agent: "a", topic: "t" });
  add(queue, "2", { reason: "rejected", agent: "b", topic: "t" });
  add(queue, "3", { reason: "expired", agent: "a", topic: "t.u" });
  assert.deepEqual(idsOf(queue.entries({ reason: "rejected" })), ["2", "1"]);
  assert.deepEqual(idsOf(queue.entries({ agent: "a" })), ["3", "1"]);
  assert.deepEqual(idsOf(queue.entries({ topic: "t" })), ["2", "1"]);
  assert.deepEqual(
    idsOf(queue.entries({ agent: "a", topic: "t", reason: "rejected" })),
    ["1"],
  );
  const limited = queue.entries({ reason: "rejected", limit: 1 });
  assert.deepEqual(idsOf(limited), ["2"]);
});

Deno.test("LetterQueue.add() pushes out the oldest when it is full, and counts it", () => {
  const { queue, removed } = open({ maxEntries: 2 });
  for (const id of ["1", "2", "3", "4"]) add(queue, id);
  assert.deepEqual(idsOf(queue), ["3", "4"]);
  assert.deepEqual(removed, ["1 evicted", "2 evicted"]);
  assert.equal(queue.evicted, 2);
});

Deno.test("LetterQueue.add() makes room by bytes, and keeps one however large", () => {
  const { queue, removed } = open({ maxBytes: 100 });
  add(queue, "1", { bytes: 50 });
  add(queue, "2", { bytes: 50 });
  assert.equal(queue.full, true);
  add(queue, "3", { bytes: 50 });
  assert.deepEqual(removed, ["1 evicted"]);
  add(queue, "4", { bytes: 500 });
  assert.equal(queue.full, true);
  add(queue, "5", { bytes: 1 });
  assert.deepEqual(idsOf(queue), ["5"]);
  assert.ok(queue.discard("5"));
  assert.equal(queue.full, false);
});

Deno.test("LetterQueue.add() lets letters pile up where its owner stops what makes them", () => {
  const { queue } = open({ maxEntries: 1, evictOldest: false });
  add(queue, "1");
  assert.equal(queue.full, true);
  add(queue, "2");
  assert.equal(queue.size, 2);
  assert.equal(queue.evicted, 0);
});

Deno.test("LetterQueue.replay() sends the message again, then forgets the letter", async () => {
  const taken = Promise.withResolvers<string>();
  const origins: Origin[] = [];
  const { queue, removed } = open({
    redeliver: async ({ origin }, { onTaken }) => {
      origins.push(origin);
      const messageId = await taken.promise;
      onTaken();
      return messageId;
    },
  });
  add(queue, "1");
  const replaying = queue.replay("1");
  assert.equal(queue.size, 1);
  await assert.rejects(
    queue.replay("1"),
    (error) => error instanceof BusError && error.code === "rejected",
  );
  taken.resolve("m-1");
  assert.equal(await replaying, "m-1");
  assert.deepEqual(origins, [{ from: "1" }]);
  assert.deepEqual(removed, ["1 replayed"]);
  await assert.rejects(queue.replay("1"), RangeError);
});

Deno.test("LetterQueue.replay() keeps a letter that the bus does not take, to be tried again", async () => {
  let isOpen = false;
  const { queue, removed } = open({
    redeliver: ({ letter }, { onTaken }) => {
      if (!isOpen) return Promise.reject(new BusError("closed", "not now"));
      onTaken();
      return Promise.resolve(letter.message.id);
    },
  });
  add(queue, "1");
  await assert.rejects(queue.replay("1"), /not now/);
  assert.equal(queue.size, 1);
  isOpen = true;
  await queue.replay("1");
  assert.deepEqual(removed, ["1 replayed"]);
});

Deno.test("LetterQueue.replay() forgets the letter the moment its message is taken, not when that is told", async () => {
  const told = Promise.withResolvers<string>();
  const { queue, removed } = open({
    redeliver: (_stored, { onTaken }) => {
      onTaken();
      return told.promise;
    },
  });
  add(queue, "1");
  const replaying = queue.replay("1");
  assert.equal(queue.size, 0);
  assert.equal(queue.discard("1"), false);
  assert.deepEqual(removed, ["1 replayed"]);
  told.resolve("m-1");
  assert.equal(await replaying, "m-1");
});

Deno.test("LetterQueue.replay() of a letter that came anew is not ended by the replay before", async () => {
  const replays: Replay[] = [];
  const told = Promise.withResolvers<string>();
  const never = new Promise<string>(() => {});
  const { queue } = open({
    redeliver: (_stored, replay) =>
      replays.push(replay) === 1 ? told.promise : never,
  });
  add(queue, "1");
  const first = queue.replay("1");
  replays[0]?.onTaken();
  add(queue, "1");
  void queue.replay("1");
  told.resolve("m-1");
  await first;
  assert.equal(queue.discard("1"), true);
  assert.equal(replays[0]?.signal.aborted, false);
  assert.equal(replays[1]?.signal.aborted, true);
});

Deno.test("LetterQueue.replayAll() replays the oldest first, and does not stop at a failure", async () => {
  const order: string[] = [];
  const { queue } = open({
    redeliver: ({ letter: { id } }, { onTaken }) => {
      order.push(id);
      if (id === "2") throw new BusError("overflow", "full");
      onTaken();
      return Promise.resolve(id);
    },
  });
  for (const id of ["1", "2", "3"]) add(queue, id, { agent: "a" });
  add(queue, "4", { agent: "b" });
  assert.equal(await queue.replayAll({ agent: "a" }), 2);
  assert.deepEqual(order, ["1", "2", "3"]);
  assert.deepEqual(idsOf(queue), ["2", "4"]);
});

Deno.test("LetterQueue.discard() and clear() forget letters, and say how many", () => {
  const { queue, removed } = open();
  for (const id of ["1", "2", "3"]) add(queue, id);
  assert.equal(queue.discard("2"), true);
  assert.equal(queue.discard("2"), false);
  assert.equal(queue.clear(), 2);
  assert.equal(queue.clear(), 0);
  assert.deepEqual(removed, ["2 discarded", "1 discarded", "3 discarded"]);
  assert.equal(queue.size, 0);
});
