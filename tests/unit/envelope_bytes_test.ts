import assert from "node:assert/strict";
import { WholeEnvelope } from "../../bus/envelope.ts";
import { EnvelopeBytes } from "../../bus/remote/envelope_bytes.ts";
import { codeOf } from "../support/agent_stage.ts";
import type { Message } from "../../core/message.ts";
import {
  decodeEnvelope,
  decodePayload,
  encodePayload,
} from "../../transports/transport.ts";

const MESSAGE: Message = {
  id: "0190a8f1-0000-7000-8000-000000000001",
  type: "direct",
  sender: "s",
  recipient: "r",
  topic: "jobs.build",
  requestId: undefined,
  correlationId: "0190a8f1-0000-7000-8000-000000000002",
  payload: { text: "grüße", n: [1, 2] },
  priority: 50,
  timestamp: 1_700_000_000_000,
  ttlMs: 5_000,
  attempt: 1,
  requiresAck: false,
  headers: { "x-a": "1" },
};

/** What is read of what was written. */
function written(bytes: EnvelopeBytes, binary: boolean) {
  const { headBytes, payloadBytes } = bytes;
  const body = new Uint8Array(2 + headBytes + payloadBytes);
  bytes.writeTo(body, 2);
  const head = decodeEnvelope(body.subarray(2, 2 + headBytes));
  return { head, payload: decodePayload(body.subarray(2 + headBytes), binary) };
}

/** What a head says of a message. */
function saidOf(
  { payload: _, priority: _p, requiresAck: _r, attempt: _a, ...said }: Message,
  attempt?: number,
) {
  return Object.fromEntries(
    Object.entries({ ...said, attempt }).filter(([, value]) =>
      value !== undefined
    ),
  );
}

Deno.test("S7 EnvelopeBytes encodes one message after the other, whoever it is for and however its payload is there", () => {
  const bytes = new EnvelopeBytes();
  const all: Message[] = [
    MESSAGE,
    { ...MESSAGE, recipient: undefined, type: "publish", headers: undefined },
    { ...MESSAGE, payload: null, ttlMs: undefined },
    { ...MESSAGE, payload: "x".repeat(100_000) },
    { ...MESSAGE, payload: new Uint8Array([1, 2, 255]), topic: undefined },
    { ...MESSAGE, payload: new Uint8Array([7]), recipient: undefined },
    MESSAGE,
  ];
  for (const message of all) {
    const envelopes = [
      WholeEnvelope.ofMessage(message, 9),
      WholeEnvelope.ofBytes(message, encodePayload(message.payload)),
    ];
    for (const envelope of envelopes) {
      for (const attempt of [undefined, 1, 3]) {
        const binary = bytes.take(envelope, attempt);
        assert.equal(binary, message.payload instanceof Uint8Array);
        const { head, payload } = written(bytes, binary);
        assert.deepEqual({ ...head }, saidOf(message, attempt));
        assert.deepEqual(payload, message.payload);
        bytes.clear();
      }
    }
  }
});

Deno.test("EnvelopeBytes encodes what several may get once, and what is for one each time it goes out", () => {
  const bytes = new EnvelopeBytes();
  let encoded = 0;
  const payload = { toJSON: () => ++encoded };
  const one = WholeEnvelope.ofMessage({ ...MESSAGE, payload }, 9);
  bytes.take(one);
  bytes.take(one);
  assert.equal(encoded, 2);
  const fields = { payload, recipient: undefined };
  const many = WholeEnvelope.ofMessage({ ...MESSAGE, ...fields }, 9);
  for (let time = 0; time < 4; time++) bytes.take(many);
  assert.equal(encoded, 3);
});

Deno.test("EnvelopeBytes.take() refuses a payload that has become no JSON, and goes on", async () => {
  const bytes = new EnvelopeBytes();
  const payload: Record<string, unknown> = { text: "x" };
  const envelope = WholeEnvelope.ofMessage({ ...MESSAGE, payload }, 9);
  payload.self = payload;
  const taken = Promise.resolve().then(() => bytes.take(envelope));
  assert.equal(await codeOf(taken), "invalid_message");
  delete payload.self;
  const { head } = written(bytes, bytes.take(envelope, 2));
  assert.deepEqual({ ...head }, saidOf(MESSAGE, 2));
});
