import assert from "node:assert/strict";
import { Deduplication } from "../../bus/deduplication.ts";
import { decodeSends, SendsEncoder } from "../../bus/durable/sends_bytes.ts";
import type { Together } from "../../bus/durable/journal.ts";
import { SendsLog } from "../../bus/durable/sends_log.ts";
import { WholeEnvelope } from "../../bus/envelope.ts";
import { BY_ID, type KeyedSend, type SendKeys } from "../../bus/send_keys.ts";
import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import type { StoredRecord } from "../../storage/store.ts";
import { seededRandom, VirtualClock } from "../../testing/mod.ts";

const ID = "01977421-3fd2-7308-b29c-32421b8c9fd3";
const SAME_BUT_ONE = "01977421-3fd2-7308-b29c-32421b8c9fd4";
const NO_UUID = ID.toUpperCase();

function sendOf(sender: string, id: string, sends: SendKeys): KeyedSend {
  const head = {
    ...{ type: "direct" as const, id, sender, recipient: "worker" },
    ...{ topic: undefined, requestId: undefined, correlationId: undefined },
    ...{ priority: 50, timestamp: 0, ttlMs: undefined, requiresAck: true },
    headers: undefined,
  };
  const payload = { bytes: Uint8Array.of(0x30), binary: false };
  return { envelope: WholeEnvelope.ofBytes(head, payload), sends };
}

function encodeSends(sends: readonly KeyedSend[]): Uint8Array {
  const encoder = new SendsEncoder();
  for (const send of sends) encoder.add(send);
  return encoder.finish();
}

const named = (name: string, byId = false): SendKeys => ({ name, byId });

/** Of every kind there is. */
const SENDS = [
  sendOf("boss", ID, BY_ID),
  sendOf("clerk", SAME_BUT_ONE, BY_ID),
  sendOf("boss", SAME_BUT_ONE, BY_ID),
  sendOf("boss", NO_UUID, BY_ID),
  sendOf("boss", "m1", named("boss order 7")),
  sendOf("clerk", ID, named("clerk order 7", true)),
];

/** As an earlier version has kept the same. */
const AS_JSON = new TextEncoder().encode(JSON.stringify([
  [ID, `boss ${ID}`],
  [SAME_BUT_ONE, `clerk ${SAME_BUT_ONE}`],
  [SAME_BUT_ONE, `boss ${SAME_BUT_ONE}`],
  [NO_UUID, `boss ${NO_UUID}`],
  ["m1", "boss order 7"],
  [ID, "clerk order 7", `clerk ${ID}`],
]));

class Life {
  readonly clock = new VirtualClock();
  readonly deduplication = new Deduplication(this.clock, seededRandom(1));
  readonly log = new SendsLog(this.clock, () => 2);

  restore(body: Uint8Array): void {
    const state = new Uint8Array(8);
    new DataView(state.buffer).setFloat64(0, this.clock.now());
    const record: StoredRecord = { kind: "sends", key: 1, body, state };
    this.log.restore(record, this.deduplication);
  }

  /** What each of the sends is told, where it was made before. */
  get found() {
    return SENDS.map((send) => this.deduplication.findMade(send));
  }
}

for (
  const [how, body] of [
    ["a commit has kept", encodeSends(SENDS)],
    ["an earlier version has kept as JSON", AS_JSON],
  ] as const
) {
  Deno.test(`SendsLog.restore() finds each send that ${how}, for as long as it says`, async () => {
    const life = new Life();
    assert.deepEqual(life.found, SENDS.map(() => undefined));
    life.restore(body);
    const ids = SENDS.map(({ envelope }) => envelope.head.id);
    assert.deepEqual(life.found, ids);
    const other = sendOf("clerk", NO_UUID, BY_ID);
    assert.equal(life.deduplication.findMade(other), undefined);
    const otherName = sendOf("boss", "m2", named("boss order 8"));
    assert.equal(life.deduplication.findMade(otherName), undefined);
    await life.clock.advance(LIMITS.deduplicationWindowMs);
    assert.deepEqual(life.found, SENDS.map(() => undefined));
  });

  Deno.test(`SendsLog forgets, with the time or the number of them, what ${how}`, async () => {
    const life = new Life();
    life.restore(body);
    assert.deepEqual(life.log.again([]).changes, []);
    const entry = { changes: [], grows: true, send: SENDS[0] };
    const least = LIMITS.maxDeduplicationIds - SENDS.length;
    const many = new Array(least).fill(entry);
    const kindsFor = (entries: typeof many) =>
      life.log.again(entries).changes.map(({ type }) => type);
    assert.deepEqual(kindsFor(many), ["put"]);
    assert.deepEqual(kindsFor([...many, entry]), ["remove", "put"]);
    await life.clock.advance(LIMITS.deduplicationWindowMs);
    assert.deepEqual(kindsFor([]), ["remove"]);
  });
}

Deno.test("SendsLog.take() keeps what was gathered since the last commit, but for what goes on waiting", () => {
  const { log } = new Life();
  const entryOf = (send: KeyedSend) => ({ changes: [], grows: true, send });
  const entries = SENDS.map(entryOf);
  const keptBy = ({ changes }: Together) => {
    const [change] = changes;
    if (change === undefined) return [];
    assert.ok(change.type === "put");
    const { groups, others } = decodeSends(change.body);
    const ids = groups.flatMap(({ sender, words }) =>
      Array.from(
        { length: words.length / 4 },
        (_, at) => `${sender} ${words.slice(4 * at, 4 * at + 4).join()}`,
      )
    );
    return [...ids, ...others.map((keys) => keys.join())].sort();
  };
  const all = keptBy(log.again(entries));
  assert.equal(all.length, SENDS.length);
  for (const entry of entries) log.gather(entry);
  log.gather({ changes: [], grows: false });
  assert.deepEqual(keptBy(log.take(entries, [])), all);
  assert.deepEqual(keptBy(log.take([], [])), []);
  for (const entry of entries) log.gather(entry);
  const [taken, waiting] = [entries.slice(0, 4), entries.slice(4)];
  assert.deepEqual(keptBy(log.take(taken, waiting)), keptBy(log.again(taken)));
  // Those of one that is made again are not among the gathered.
  assert.deepEqual(keptBy(log.again(taken)).length, 4);
  const [late] = entries as [typeof entries[number]];
  log.gather(late);
  const left = [...waiting, late];
  assert.deepEqual(keptBy(log.take(left, [])), keptBy(log.again(left)));
  for (const entry of entries) log.gather(entry);
  assert.deepEqual(keptBy(log.take(entries, [])), all);
});

Deno.test("SendsEncoder keeps thousands of sends of many senders, and is empty then", () => {
  const encoder = new SendsEncoder();
  const idOf = (index: number) => ID.slice(0, -4) + `${1_000 + index}`;
  for (const count of [3_000, 5, 6_000, 300]) {
    for (let index = 0; index < count; index++) {
      encoder.add(sendOf(`agent${index % 3}`, idOf(index), BY_ID));
    }
    assert.equal(encoder.size, count);
    const { groups, others } = decodeSends(encoder.finish());
    assert.deepEqual(others, []);
    assert.deepEqual(
      groups.map(({ sender }) => sender),
      ["agent0", "agent1", "agent2"],
    );
    for (const [first, { words }] of groups.entries()) {
      const own = Array.from(
        { length: Math.ceil((count - first) / 3) },
        (_, at) => idOf(first + 3 * at),
      );
      const expected = own.map((id) => parseInt(id.slice(-8), 16));
      const last = Array.from(words).filter((_, at) => at % 4 === 3);
      assert.deepEqual(last, expected);
    }
    assert.equal(encoder.size, 0);
  }
});

Deno.test("SendsLog keeps a send that is known by a UUID alone in 16 bytes", () => {
  const bytesFor = (count: number) =>
    encodeSends(new Array(count).fill(SENDS[0])).length;
  assert.equal(bytesFor(100) - bytesFor(50), 50 * 16);
});

Deno.test("SendsLog.restore() says of bytes that are cut off or changed that they are, and remembers nothing", () => {
  const life = new Life();
  const whole = encodeSends(SENDS);
  const damaged = Array.from(whole, (_, end) => whole.subarray(0, end));
  for (let at = 0; at < 16; at++) {
    const changed = whole.slice();
    changed[at] = 0xff;
    damaged.push(changed);
  }
  for (const json of ["[", "[7]", "[[7]]", `[["\xff"]]`]) {
    damaged.push(Uint8Array.from(json, (one) => one.charCodeAt(0)));
  }
  for (const bytes of damaged) {
    assert.throws(
      () => life.restore(bytes),
      (error) =>
        error instanceof BusError && error.code === "storage" &&
        error.message.startsWith("Cannot read kept sends"),
      `${bytes}`,
    );
  }
  assert.deepEqual(life.found, SENDS.map(() => undefined));
});
