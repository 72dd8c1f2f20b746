import assert from "node:assert/strict";
import fc from "fast-check";
import type { Copy } from "../../bus/copy.ts";
import { MessageBytes } from "../../bus/durable/message_bytes.ts";
import { type Envelope, WholeEnvelope } from "../../bus/envelope.ts";
import type { Lease } from "../../bus/lease.ts";
import { DeliverFrame } from "../../bus/remote/deliver_frame.ts";
import { EnvelopeBytes } from "../../bus/remote/envelope_bytes.ts";
import { readSubmission } from "../../bus/remote/submission_frame.ts";
import { SubmissionReader } from "../../bus/remote/submission_reader.ts";
import { toEnvelope } from "../../bus/submission.ts";
import { checkAddress, checkFields } from "../../core/message_check.ts";
import { IdSource, systemRandom } from "../../core/random.ts";
import {
  decodeEnvelope,
  encodeEnvelope,
  type EnvelopeFields,
  frame,
  FrameFlag,
  FrameKind,
  HEADER_BYTES,
  type ReceivedFrame,
  Slab,
} from "../../transports/transport.ts";
import { FrameDecoder } from "../../transports/wire/decoder.ts";
import { writeFrame } from "../../transports/wire/frame.ts";
import { VirtualClock } from "../../testing/mod.ts";

const NOW = 1_700_000_000_000;
const RUNS = { numRuns: 3_000 };

/** A usual value, and one time in sixteen something odd. */
function mostly<T>(
  usual: fc.Arbitrary<T>,
  odd: fc.Arbitrary<T>,
): fc.Arbitrary<T> {
  return fc.oneof(
    { arbitrary: usual, weight: 15 },
    { arbitrary: odd, weight: 1 },
  );
}

const NOTHING = fc.constant(undefined);
const anyText = fc.string({ maxLength: 40, unit: "binary" });
const anyHead: fc.Arbitrary<EnvelopeFields> = fc.record({
  type: mostly(
    fc.constantFrom("direct", "publish", "request"),
    fc.constantFrom("error", "response"),
  ),
  id: mostly(fc.uuid(), anyText),
  sender: mostly(NOTHING, fc.constant("forged")),
  recipient: mostly(
    fc.constantFrom("planner", "a/b:c", "x".repeat(255), undefined),
    anyText,
  ),
  topic: mostly(
    fc.constantFrom("jobs.build", "a.b.c", "y".repeat(255), undefined),
    fc.oneof(anyText, fc.constantFrom("a..b", "a.*", "é")),
  ),
  requestId: mostly(fc.constantFrom("r1", undefined), anyText),
  correlationId: mostly(
    fc.constantFrom("c1", "x".repeat(256), undefined),
    fc.oneof(anyText, fc.constantFrom("é", "x".repeat(257))),
  ),
  ttlMs: mostly(
    fc.constantFrom(undefined, 1, 60_000),
    fc.constantFrom(0, -1, 0.5, NaN),
  ),
  deduplicationId: mostly(NOTHING, fc.constant("once")),
  headers: mostly(NOTHING, fc.constant({ a: "b" })),
});
/** A head, and the kind of frame that is for its type. */
const anyFitting = anyHead.map((fields) => ({
  head: encodeEnvelope(fields),
  kind: fields.type === "request" ? FrameKind.request : FrameKind.send,
}));
const anyUnfitting = fc.record({
  head: fc.oneof(
    anyHead.map((fields) => encodeEnvelope(fields)),
    fc.uint8Array({ maxLength: 40 }),
  ),
  kind: fc.constantFrom(FrameKind.send, FrameKind.request),
});
const anySend = fc.record({
  said: mostly<{ head: Uint8Array; kind: FrameKind }>(anyFitting, anyUnfitting),
  payload: fc.uint8Array({ maxLength: 40 }),
  priority: mostly(fc.constantFrom(0, 50, 100), fc.constant(101)),
  flags: fc.constantFrom(0, FrameFlag.requiresAck, FrameFlag.binary),
  aux: mostly(fc.constant(0), fc.constant(1)),
});
type Send = typeof anySend extends fc.Arbitrary<infer T> ? T : never;

/** Hands a frame to `take` as it arrives, in a buffer that is read over afterwards. */
function arrive(send: Send, take: (frame: ReceivedFrame) => void): void {
  const { said: { head, kind }, ...rest } = send;
  const sent = frame(kind, { id: 7, head, ...rest });
  const bytes = new Uint8Array(
    HEADER_BYTES + sent.headBytes + sent.payloadBytes,
  );
  writeFrame(sent, bytes, 0);
  new FrameDecoder(100_000).push(bytes, take);
  bytes.fill(0xee);
}

/** The message that is read field by field; `undefined` if it would be refused. */
function readSlowly(received: ReceivedFrame): Envelope | undefined {
  const clock = new VirtualClock({ nowMs: NOW });
  try {
    const submission = readSubmission(received, "sender", new Slab());
    const { fields } = submission;
    if (received.kind === FrameKind.request) checkAddress(fields);
    else if (fields.type === "publish") checkAddress(fields);
    else if (fields.type !== "direct") return undefined;
    checkFields(fields);
    const ids = new IdSource(clock, systemRandom);
    return toEnvelope(submission, { clock, ids });
  } catch {
    return undefined;
  }
}

function shownAs(envelope: Envelope) {
  const { head, bytes } = envelope;
  const { id, type, sender, recipient, topic, requestId, correlationId } = head;
  const { priority, timestamp, ttlMs, requiresAck, headers } = head;
  const { bytes: payload, binary } = envelope.encoded();
  return {
    ...{ id, type, sender, recipient, topic, requestId, correlationId },
    ...{ priority, timestamp, ttlMs, requiresAck, headers },
    ...{ bytes, payload: [...payload], binary },
  };
}

Deno.test("S7, S8 SubmissionReader.read() reads a message as field by field, or leaves it", () => {
  const reader = new SubmissionReader("sender", new Slab());
  let read = 0;
  fc.assert(
    fc.property(anySend, (send) => {
      let quick: Envelope | undefined;
      let slow: Envelope | undefined;
      arrive(send, (received) => {
        quick = reader.read(received, NOW);
        slow = readSlowly(received);
      });
      if (!quick) return;
      read++;
      assert.ok(slow, "it reads what is to be refused");
      assert.deepEqual(shownAs(quick), shownAs(slow));
      const changed = { priority: 9, topic: "other" };
      assert.deepEqual(
        shownAs(quick.with(changed)),
        shownAs(slow.with(changed)),
      );
      assert.equal(quick.stamped(NOW + 1).head.timestamp, NOW + 1);
    }),
    RUNS,
  );
  assert.ok(read > RUNS.numRuns / 10, `it leaves most: it read ${read}`);
});

Deno.test("S7 DeliverFrame hands a message on as it came, behind what the bus says of it", () => {
  const reader = new SubmissionReader("sender", new Slab());
  const deliver = new DeliverFrame(new EnvelopeBytes());
  fc.assert(
    fc.property(anySend, fc.integer({ min: 1, max: 9 }), (send, attempt) => {
      let quick: Envelope | undefined;
      arrive(send, (received) => quick = reader.read(received, NOW));
      if (!quick) return;
      const copy = { envelope: quick } as Copy;
      const redelivered = attempt > 1;
      deliver.fill({ number: 3, attempt, redelivered, copy } as Lease, 4);
      const { headBytes, payloadBytes } = deliver;
      const body = new Uint8Array(headBytes + payloadBytes);
      deliver.writeBody(body, 0);
      const { payload, binary, bytes: _, ...head } = shownAs(quick);
      const { priority, requiresAck, ...said } = head;
      assert.deepEqual(
        definedOf(decodeEnvelope(body.subarray(0, headBytes))),
        definedOf({ ...said, attempt }),
      );
      assert.deepEqual([...body.subarray(headBytes)], payload);
      assert.deepEqual([deliver.id, deliver.aux, deliver.priority], [
        3,
        4,
        priority,
      ]);
      assert.equal((deliver.flags & FrameFlag.binary) !== 0, binary);
      assert.equal((deliver.flags & FrameFlag.requiresAck) !== 0, requiresAck);
      assert.equal((deliver.flags & FrameFlag.redelivered) !== 0, redelivered);
    }),
    RUNS,
  );
});

Deno.test("S7 DeliverFrame writes what came over a connection and what did not, in any order, also behind one that was never written", () => {
  const reader = new SubmissionReader("sender", new Slab());
  const deliver = new DeliverFrame(new EnvelopeBytes());
  const payloadIn = (envelope: Envelope): number[] => {
    const of = { copy: { envelope } as Copy, redelivered: false };
    deliver.fill({ ...of, number: 3, attempt: 1 } as Lease, 4);
    const { headBytes, payloadBytes } = deliver;
    const body = new Uint8Array(headBytes + payloadBytes);
    deliver.writeBody(body, 0);
    return [...body.subarray(headBytes)];
  };
  let read = 0;
  fc.assert(
    fc.property(anySend, (send) => {
      let came: Envelope | undefined;
      arrive(send, (received) => came = reader.read(received, NOW));
      if (!came) return;
      read++;
      assert.deepEqual(payloadIn(came), [...came.encoded().bytes]);
      if (read % 2 === 0) deliver.clear();
      const own = WholeEnvelope.ofValue(came.head, [read], 9);
      assert.deepEqual(payloadIn(own), [...own.encoded().bytes]);
      if (read % 3 === 0) deliver.clear();
    }),
    RUNS,
  );
  assert.ok(read > RUNS.numRuns / 10, `it leaves most: it read ${read}`);
});

Deno.test("S7 MessageBytes keeps a message as it came, and as one that was read field by field", () => {
  const reader = new SubmissionReader("sender", new Slab());
  const other = new SubmissionReader("another", new Slab());
  const messages = new MessageBytes();
  fc.assert(
    fc.property(anySend, (send) => {
      let quick: Envelope | undefined;
      let slow: Envelope | undefined;
      let foreign: Envelope | undefined;
      arrive(send, (received) => {
        quick = reader.read(received, NOW);
        foreign = other.read(received, NOW);
        slow = readSlowly(received);
      });
      if (!quick || !slow || !foreign) return;
      const all = [quick, slow, foreign];
      const kept = all.map((envelope) => messages.encode(envelope));
      assert.deepEqual(
        kept.map((bytes) => shownAs(messages.decode(bytes))),
        [quick, quick, foreign].map(shownAs),
      );
    }),
    RUNS,
  );
});

function definedOf(fields: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  );
}
