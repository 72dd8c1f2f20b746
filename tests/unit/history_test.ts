import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Envelope,
  type MessageHead,
  WholeEnvelope,
} from "../../bus/envelope.ts";
import { History } from "../../bus/history.ts";
import { type FinalOutcome, MessageRecord } from "../../bus/message_record.ts";
import { LIMITS } from "../../core/limits.ts";

function envelopeOf(
  id: string,
  changes: Partial<MessageHead> = {},
  bytes = 10,
): Envelope {
  const head: MessageHead = {
    id,
    type: "direct",
    sender: "a",
    recipient: "b",
    priority: 50,
    timestamp: 1_000,
    requiresAck: false,
    ...changes,
  };
  return WholeEnvelope.ofValue(head, `payload of ${id}`, bytes);
}

function recordOf(
  id: string,
  changes: Partial<MessageHead> = {},
  bytes = 10,
): MessageRecord {
  return new MessageRecord(envelopeOf(id, changes, bytes), [], 0);
}

function idsOf(history: History): string[] {
  return history.entries().map(({ message }) => message.id);
}

Deno.test("MessageRecord.outcome is pending until every copy has ended, then the worst", () => {
  const worse = ["delivered", "acked", "dropped", "expired", "dead"] as const;
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...worse), { minLength: 1 }),
      (outcomes) => {
        const record = recordOf("m");
        for (const _ of outcomes) record.opened();
        for (const outcome of outcomes) {
          assert.equal(record.outcome, "pending");
          record.finished(outcome);
        }
        const worst = Math.max(...outcomes.map((one) => worse.indexOf(one)));
        assert.equal(record.outcome, worse[worst]);
      },
    ),
  );
});

Deno.test("MessageRecord.restarted() forgets one end of that kind", () => {
  const record = recordOf("m");
  record.endedAtOnce("dead");
  assert.equal(record.outcome, "dead");
  record.restarted("dead");
  record.opened();
  assert.equal(record.outcome, "pending");
  record.finished("acked");
  assert.equal(record.outcome, "acked");
  record.endedAtOnce("dead");
  record.endedAtOnce("dead");
  record.restarted("dead");
  assert.equal(record.outcome, "dead");
});

Deno.test("MessageRecord.toEntry() tells deliveries in wall time from that of accept", () => {
  const record = new MessageRecord(envelopeOf("m"), ["r1"], 500);
  record.opened();
  const note = record.started("b", 1, 520.4);
  assert.deepEqual(record.toEntry().deliveries, [
    { agent: "b", attempt: 1, startedAt: 1_020 },
  ]);
  Object.assign(note, { endedMs: 530, outcome: "nacked", error: "no" });
  assert.deepEqual(record.toEntry(), {
    message: envelopeOf("m").message,
    outcome: "pending",
    deliveries: [{
      agent: "b",
      attempt: 1,
      startedAt: 1_020,
      endedAt: 1_030,
      outcome: "nacked",
      error: "no",
    }],
    rules: ["r1"],
  });
});

Deno.test("MessageRecord.started() remembers the first 32 deliveries, and hands a note out for each", () => {
  const record = recordOf("m");
  for (let attempt = 1; attempt <= 40; attempt++) {
    assert.equal(record.started("b", attempt, attempt).attempt, attempt);
  }
  const { deliveries } = record.toEntry();
  assert.equal(deliveries.length, LIMITS.maxHistoryDeliveries);
  assert.equal(deliveries.at(-1)?.attempt, 32);
});

Deno.test("MessageRecord.isFree is for records of which all copies ended alike, each handed out once", () => {
  const ended = (copies: number, starts: number, ...ends: FinalOutcome[]) => {
    const record = recordOf("m");
    for (let copy = 0; copy < copies; copy++) record.opened();
    for (let n = 1; n <= starts; n++) record.started("b", n, n);
    for (const end of ends) record.finished(end);
    return record.isFree;
  };
  assert.equal(ended(2, 2, "acked", "acked"), true);
  assert.equal(ended(2, 1, "dropped", "dropped"), true);
  assert.equal(ended(2, 2, "acked"), false, "one is under way");
  assert.equal(ended(2, 2, "acked", "dropped"), false, "one was lost");
  assert.equal(ended(1, 2, "acked"), false, "its first note has an error");
});

Deno.test("MessageRecord.becomes() gives notes back that the last message did not need", () => {
  const record = recordOf("m");
  const twice = () => [record.started("b", 1, 1), record.started("b", 2, 2)];
  const [first, second] = twice();
  record.becomes(envelopeOf("n"), [], 0);
  assert.equal(twice()[1], second, "used again");
  record.becomes(envelopeOf("o"), [], 0);
  assert.equal(record.started("b", 1, 1), first);
  record.becomes(envelopeOf("p"), [], 0);
  assert.notEqual(twice()[1], second);
});

Deno.test("History.newRecord() uses the record of the message that was forgotten last", () => {
  const history = new History(1);
  const add = (id: string) => {
    const record = history.newRecord(envelopeOf(id), [], 0);
    history.add(record);
    history.endedAtOnce(record, "delivered");
    return record;
  };
  const [first, second] = [add("1"), add("2")];
  assert.notEqual(second, first, "the first was not forgotten before");
  assert.equal(add("3"), first);
  assert.equal(add("4"), second);
  assert.deepEqual(idsOf(history), ["4"]);
});

Deno.test("History.entries() holds the last messages, newest first, however many came", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(40), (max, count) => {
      const history = new History(max);
      const ids = Array.from({ length: count }, (_, index) => `m${index}`);
      for (const id of ids) history.add(recordOf(id));
      assert.deepEqual(idsOf(history), ids.toReversed().slice(0, max));
      assert.equal(history.size, Math.min(max, count));
      assert.equal(
        history.get(ids[0] ?? "none") !== undefined,
        count > 0 && count <= max,
      );
    }),
  );
});

Deno.test("History.add() bounds the payloads together, and keeps the last however large", () => {
  const history = new History(100);
  const half = LIMITS.maxHistoryBytes / 2;
  history.add(recordOf("1", {}, half));
  history.add(recordOf("2", {}, half));
  assert.deepEqual(idsOf(history), ["2", "1"]);
  history.add(recordOf("3", {}, 1));
  assert.deepEqual(idsOf(history), ["3", "2"]);
  history.add(recordOf("4", {}, 3 * half));
  assert.deepEqual(idsOf(history), ["4"]);
  history.add(recordOf("5", {}, 1));
  assert.deepEqual(idsOf(history), ["5"]);
});

Deno.test("History.has() says of each record whether it is remembered", () => {
  const history = new History(1);
  const records = [recordOf("1"), recordOf("2")];
  for (const record of records) history.add(record);
  assert.deepEqual(records.map((one) => history.has(one)), [false, true]);
  const none = new History(0);
  const record = recordOf("3");
  none.add(record);
  assert.equal(none.has(record), false);
  assert.deepEqual(none.entries(), []);
});

Deno.test("History.entries() narrows by everything a query may say, together", () => {
  const history = new History(100);
  const published = recordOf("1", {
    type: "publish",
    recipient: undefined,
    topic: "t",
    correlationId: "c",
  });
  published.started("reader", 1, 0);
  published.endedAtOnce("delivered");
  history.add(published);
  const direct = recordOf("2", { sender: "x", topic: "t" });
  direct.endedAtOnce("dead");
  history.add(direct);
  history.add(recordOf("3", { recipient: "x" }));
  const find = (query: Parameters<History["entries"]>[0]) =>
    history.entries(query).map(({ message }) => message.id);
  assert.deepEqual(find({ topic: "t" }), ["2", "1"]);
  assert.deepEqual(find({ agent: "x" }), ["3", "2"]);
  assert.deepEqual(find({ agent: "reader" }), ["1"]);
  assert.deepEqual(find({ type: "publish" }), ["1"]);
  assert.deepEqual(find({ correlationId: "c" }), ["1"]);
  assert.deepEqual(find({ outcome: "dead" }), ["2"]);
  assert.deepEqual(find({ outcome: "pending" }), ["3"]);
  assert.deepEqual(find({ topic: "t", outcome: "delivered" }), ["1"]);
  assert.deepEqual(find({ limit: 2 }), ["3", "2"]);
  assert.deepEqual(find({ topic: "t", limit: 1 }), ["2"]);
  assert.deepEqual(find({ topic: "t.u" }), []);
});
