import assert from "node:assert/strict";
import fc from "fast-check";
import { MESSAGE_TYPES } from "../../core/message.ts";
import {
  encodeEnvelope,
  type EnvelopeFields,
} from "../../transports/wire/envelope.ts";
import { MessageEncoder } from "../../transports/wire/message_encoder.ts";
import { jsonOf } from "../../transports/wire/payload.ts";

const text = fc.oneof(
  fc.constantFrom("a", "jobs.build", "é", "世", "a".repeat(130)),
  fc.string({ unit: "grapheme", maxLength: 40 }),
);
const head: fc.Arbitrary<EnvelopeFields> = fc.record({
  type: fc.constantFrom(...MESSAGE_TYPES),
  id: text,
  recipient: text,
  topic: text,
  ttlMs: fc.nat(),
  headers: fc.record({ h: text }),
}, { requiredKeys: ["type"], noNullPrototype: true });
/** Payloads about as long as what is encoded as one text may be, and others. */
const json = fc.oneof(
  fc.jsonValue(),
  fc.tuple(fc.integer({ min: 4_060, max: 4_100 }), fc.constantFrom("", "é"))
    .map(([length, last]) => "a".repeat(length) + last),
);

Deno.test("MessageEncoder writes the head and the payload of one message after the other, in any script, of any size", () => {
  const encoder = new MessageEncoder();
  fc.assert(
    fc.property(head, json, (fields, value) => {
      encoder.encode(fields, jsonOf(value));
      assert.equal(
        written(encoder).toHex(),
        encodeEnvelope(fields).toHex() + bytesOf(JSON.stringify(value)).toHex(),
      );
    }),
    { numRuns: 3_000 },
  );
});

Deno.test("MessageEncoder.encode() writes what is as long as can be encoded as one text, in any script", () => {
  const fields: EnvelopeFields = { type: "direct", id: "i" };
  const room = 4_096 - encodeEnvelope(fields).length - 2;
  for (const unit of ["a", "é", "世"]) {
    for (const length of [room - 2, room - 1, room, room + 1]) {
      const value = "a".repeat(length - 1) + unit;
      // A new one each time, as one that has seen other scripts is more careful.
      const encoder = new MessageEncoder();
      encoder.encode(fields, jsonOf(value));
      assert.equal(
        new TextDecoder().decode(written(encoder).subarray(encoder.headBytes)),
        JSON.stringify(value),
      );
    }
  }
});

Deno.test("MessageEncoder.encodeBytes() writes bytes as they are, between messages of JSON", () => {
  const encoder = new MessageEncoder();
  const fields: EnvelopeFields = { type: "publish", topic: "t" };
  for (const payload of [Uint8Array.of(0, 255), new Uint8Array(10_000)]) {
    encoder.encode(fields, "[1]");
    encoder.encodeBytes(fields, payload);
    assert.equal(
      written(encoder).toHex(),
      encodeEnvelope(fields).toHex() + payload.toHex(),
    );
  }
});

Deno.test("MessageEncoder.encode() refuses what is no JSON, or has too large a head, and goes on", () => {
  const encoder = new MessageEncoder();
  const fields: EnvelopeFields = { type: "direct", id: "i" };
  const topic = "a".repeat(70_000);
  for (
    const [bad, value] of [[fields, 1n], [{ ...fields, topic }, 1]] as const
  ) {
    assert.throws(() => encoder.encode(bad, jsonOf(value)), {
      code: "invalid_message",
    });
    encoder.encode(fields, '"é"');
    assert.equal(
      written(encoder).toHex(),
      encodeEnvelope(fields).toHex() + bytesOf('"é"').toHex(),
    );
  }
});

function written(encoder: MessageEncoder): Uint8Array {
  const { headBytes, payloadBytes } = encoder;
  const bytes = new Uint8Array(headBytes + payloadBytes);
  encoder.writeBody(bytes, 0);
  return bytes;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
