import assert from "node:assert/strict";
import fc from "fast-check";
import { WholeEnvelope } from "../../bus/envelope.ts";
import { History } from "../../bus/history.ts";
import {
  type DeliveryNote,
  type FinalOutcome,
  MessageRecord,
} from "../../bus/message_record.ts";
import type { HistoryEntry, HistoryQuery } from "../../bus/records.ts";
import { LIMITS } from "../../core/limits.ts";
import { RUNS } from "./arbitraries/runs.ts";

const MEBIBYTE = 1024 * 1024;

const option = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.option(arbitrary, { nil: undefined });
const names = fc.constantFrom("a", "b", "c");
const topics = fc.constantFrom("t", "t.u");
const types = fc.constantFrom("direct" as const, "publish" as const);
const conversations = fc.constantFrom("one", "two");
const outcomes = fc.constantFrom<FinalOutcome>("acked", "dead", "dropped");
const heads = fc.record({
  type: types,
  sender: names,
  recipient: option(names),
  topic: option(topics),
  correlationId: option(conversations),
});
const steps = fc.array(
  fc.record({
    head: heads,
    bytes: fc.constantFrom(0, 10, 20 * MEBIBYTE, 70 * MEBIBYTE),
    handler: option(names),
    outcome: option(outcomes),
  }),
  { maxLength: 40, size: "+1" },
);
const queries: fc.Arbitrary<HistoryQuery> = fc.record({
  topic: option(topics),
  agent: option(names),
  type: option(types),
  correlationId: option(conversations),
  outcome: option(fc.oneof(outcomes, fc.constant("pending" as const))),
  limit: option(fc.nat(5)),
});

type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never;

function recordOf(
  { head, bytes, handler, outcome }: Step,
  index: number,
): MessageRecord {
  const whole = {
    ...head,
    id: `m${index}`,
    priority: 50,
    timestamp: 0,
    requiresAck: false,
  };
  const envelope = WholeEnvelope.ofValue(whole, index, bytes);
  const record = new MessageRecord(envelope, [], 0);
  record.opened();
  if (handler !== undefined) record.started(handler, 1, 0);
  if (outcome !== undefined) record.finished(outcome);
  return record;
}

function isFor(step: Step, query: HistoryQuery): boolean {
  const { head, handler, outcome = "pending" } = step;
  const { agent } = query;
  const concerned: unknown[] = [head.sender, head.recipient, handler];
  return (query.topic === undefined || query.topic === head.topic) &&
    (query.type === undefined || query.type === head.type) &&
    (query.outcome === undefined || query.outcome === outcome) &&
    (query.correlationId === undefined ||
      query.correlationId === head.correlationId) &&
    (agent === undefined || concerned.includes(agent));
}

Deno.test("X4: History remembers the last messages, as many and as large as it may, and finds them newest first", () => {
  const maxEntries = fc.integer({ min: 0, max: 12 });
  fc.assert(
    fc.property(steps, maxEntries, queries, (steps, maxEntries, query) => {
      const history = new History(maxEntries);
      const records = steps.map(recordOf);
      let kept: number[] = [];
      for (const [index, record] of records.entries()) {
        history.add(record);
        kept = [...kept, index].slice(-maxEntries || steps.length);
        if (maxEntries === 0) kept = [];
        const bytesOf = (indexes: number[]) =>
          indexes.reduce((sum, one) => sum + (steps[one]?.bytes ?? 0), 0);
        while (kept.length > 1 && bytesOf(kept) > LIMITS.maxHistoryBytes) {
          kept = kept.slice(1);
        }
        assert.equal(history.size, kept.length);
      }
      for (const [index, record] of records.entries()) {
        const isKept = kept.includes(index);
        assert.equal(history.has(record), isKept);
        assert.equal(history.get(`m${index}`), isKept ? record : undefined);
      }
      const found = kept.toReversed()
        .filter((index) => isFor(steps[index] as Step, query))
        .slice(0, query.limit ?? Infinity);
      assert.deepEqual(
        history.entries(query).map(({ message }) => message.id),
        found.map((index) => `m${index}`),
      );
    }),
    RUNS,
  );
});

/** What is done to messages of a history: `which` is one of those that can be meant. */
const deeds = fc.array(
  fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({ add: fc.nat(3), isShared: fc.boolean() }),
    },
    { weight: 2, arbitrary: fc.record({ start: fc.nat(), agent: names }) },
    { weight: 2, arbitrary: fc.record({ end: fc.nat(), outcome: outcomes }) },
  ),
  { maxLength: 120, size: "max" },
);

/** A message as the test knows it, and the record that it was given. */
interface Known {
  readonly id: string;
  readonly record: MessageRecord;
  readonly isShared: boolean;
  readonly deliveries: { agent: string; startedAt: number; endedAt?: number }[];
  readonly ends: FinalOutcome[];
  readonly copies: number;
}

function toEntry({ id, deliveries, ends, copies }: Known) {
  const worst = (["dead", "dropped", "acked"] as const)
    .find((one) => ends.includes(one)) ?? "pending";
  const outcome = ends.length < copies ? "pending" : worst;
  return { id, outcome, deliveries };
}

function shown({ message: { id }, outcome, deliveries }: HistoryEntry) {
  const told = deliveries.map(({ agent, startedAt, endedAt }) => ({
    agent,
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
  }));
  return { id, outcome, deliveries: told };
}

Deno.test("X4: a record that is used again says nothing of what it was, and one that is in use is not used again", () => {
  fc.assert(
    fc.property(deeds, fc.integer({ min: 1, max: 4 }), (deeds, maxEntries) => {
      const history = new History(maxEntries);
      const all: Known[] = [];
      const open: { of: Known; note?: DeliveryNote }[] = [];
      for (const [at, deed] of deeds.entries()) {
        if ("add" in deed) {
          const head = {
            ...{ id: `m${at}`, type: "direct" as const, sender: "s" },
            ...{ priority: 50, timestamp: 0, requiresAck: false },
          };
          const envelope = WholeEnvelope.ofValue(head, at, 1);
          const record = history.newRecord(envelope, [], 0);
          const { add: copies, isShared } = deed;
          record.isShared = isShared;
          history.add(record);
          const known = { id: `m${at}`, record, deliveries: [], ends: [] };
          const of: Known = { ...known, isShared, copies };
          all.push(of);
          for (let copy = 0; copy < copies; copy++) {
            record.opened();
            open.push({ of });
          }
        } else if (open.length === 0) continue;
        else if ("start" in deed) {
          const copy = open[deed.start % open.length];
          if (!copy || copy.note) continue;
          const { agent } = deed;
          copy.note = copy.of.record.started(agent, 1, at);
          copy.of.deliveries.push({ agent, startedAt: at });
        } else {
          const [copy] = open.splice(deed.end % open.length, 1);
          if (!copy) continue;
          const { of, note } = copy;
          if (note) {
            note.endedMs = at;
            const told = of.deliveries.find(({ startedAt, agent }) =>
              startedAt === note.startedMs && agent === note.agent
            );
            if (told) told.endedAt = at;
          }
          history.ended(of.record, deed.outcome);
          of.ends.push(deed.outcome);
        }
        assert.deepEqual(
          history.entries().map(shown),
          all.slice(-maxEntries).toReversed().map(toEntry),
        );
      }
      for (const known of all) {
        if (!known.isShared) continue;
        assert.deepEqual(shown(known.record.toEntry()), toEntry(known));
      }
    }),
    RUNS,
  );
});
