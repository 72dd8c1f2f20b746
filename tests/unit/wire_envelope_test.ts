import assert from "node:assert/strict";
import fc from "fast-check";
import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { MESSAGE_TYPES } from "../../core/message.ts";
import {
  encodeEnvelope,
  EnvelopeEncoder,
  type EnvelopeFields,
} from "../../transports/wire/envelope.ts";
import { decodeEnvelope } from "../../transports/wire/envelope_decoder.ts";
import { EnvelopeReader } from "../../transports/wire/envelope_reader.ts";

const text = fc.string({ unit: "grapheme", maxLength: 200 });
const number = fc.double({ noNaN: true });
const anyEnvelope: fc.Arbitrary<EnvelopeFields> = fc.record({
  type: fc.constantFrom(...MESSAGE_TYPES),
  id: text,
  sender: text,
  recipient: text,
  topic: text,
  requestId: text,
  correlationId: text,
  timestamp: number,
  ttlMs: number,
  attempt: number,
  deduplicationId: text,
  headers: fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 8 })
    .map(Object.fromEntries),
}, { requiredKeys: ["type"], noNullPrototype: true });

Deno.test("decodeEnvelope() gives what encodeEnvelope() was given", () => {
  fc.assert(
    fc.property(anyEnvelope, (fields) => {
      assert.deepEqual(decodeEnvelope(encodeEnvelope(fields)), fields);
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("EnvelopeEncoder.encode() gives the same bytes one after the other", () => {
  const encoder = new EnvelopeEncoder();
  fc.assert(fc.property(anyEnvelope, (fields) => {
    assert.deepEqual(encoder.encode(fields).slice(), encodeEnvelope(fields));
  }));
});

Deno.test("EnvelopeEncoder.encode() gives the same bytes for texts that come again, short or long, in any script", () => {
  const encoder = new EnvelopeEncoder();
  const text = fc.constantFrom(
    ...["", "a", "b", "\u007f", "\u00e9", "\ud800", "\0"],
    ...[126, 127, 128, 129].map((length) => "a".repeat(length)),
    "a".repeat(126) + "\u4e16",
  );
  const named = fc.record({
    type: fc.constantFrom(...MESSAGE_TYPES),
    id: text,
    sender: text,
    recipient: text,
    topic: text,
    requestId: text,
    correlationId: text,
    ttlMs: fc.constant(7),
    deduplicationId: text,
  }, { requiredKeys: ["type"], noNullPrototype: true });
  fc.assert(
    fc.property(named, (fields) => {
      const encoded = encoder.encode(fields);
      assert.equal(encoded.toHex(), byHand(fields));
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("EnvelopeReader.read() gives what decodeEnvelope() gives, of one envelope after the other among other bytes", () => {
  const reader = new EnvelopeReader();
  fc.assert(
    fc.property(anyEnvelope, fc.uint8Array(), (fields, before) => {
      const head = encodeEnvelope(fields);
      const bytes = Uint8Array.from([...before, ...head, ...before]);
      const start = before.length;
      const read = reader.read(bytes, start, start + head.length);
      const said = Object.entries(read).filter(([, value]) =>
        value !== undefined
      );
      assert.deepEqual(Object.fromEntries(said), decodeEnvelope(head));
    }),
    { numRuns: 500 },
  );
});

Deno.test("EnvelopeReader.read() ends where it is told, whatever lies behind it", () => {
  const bytes = encodeEnvelope({ type: "direct", id: "i", topic: "t" });
  for (let end = 0; end < bytes.length; end++) {
    // Behind the type, and behind the id, it is whole.
    if (end === 4 || end === 8) continue;
    assert.throws(() => new EnvelopeReader().read(bytes, 0, end), {
      code: "protocol",
    });
  }
});

Deno.test("EnvelopeReader.read() has names and topics read by who knows them, and reads itself what they do not", () => {
  const asked: string[] = [];
  const reader = new EnvelopeReader({
    read: (bytes, start, end) => {
      const text = new TextDecoder().decode(bytes.subarray(start, end));
      asked.push(text);
      return text === "t" ? "known" : undefined;
    },
  });
  const { id, sender, recipient, topic } = reader.read(encodeEnvelope({
    type: "direct",
    id: "i",
    sender: "s",
    recipient: "r",
    topic: "t",
  }));
  assert.deepEqual([id, sender, recipient, topic], ["i", "s", "r", "known"]);
  assert.deepEqual(asked, ["s", "r", "t"]);
});

Deno.test("encodeEnvelope() writes tag, length and value, field by field", () => {
  const bytes = encodeEnvelope({
    type: "request",
    id: "i",
    timestamp: 1,
    headers: { n: "é" },
  });
  assert.equal(
    bytes.toHex(),
    "01000104" + "02000169" + "0800083ff0000000000000" + "0c0005" + "0001" +
      "6e" + "c3a9",
  );
});

Deno.test("encodeEnvelope() holds every field at its limit, in any script", () => {
  const longest = "\u4e16".repeat(LIMITS.maxIdChars);
  const perHeader = LIMITS.maxHeaderChars / LIMITS.maxHeaders;
  const headers = Object.fromEntries(
    Array.from({ length: LIMITS.maxHeaders }, (_, index) => [
      String.fromCharCode(0x4e00 + index),
      "\u754c".repeat(perHeader - 1),
    ]),
  );
  const fields: EnvelopeFields = {
    type: "direct",
    id: longest,
    sender: longest,
    recipient: longest,
    topic: longest,
    requestId: longest,
    correlationId: longest,
    deduplicationId: longest,
    timestamp: 1,
    ttlMs: 1,
    attempt: 1,
    headers,
  };
  assert.deepEqual(decodeEnvelope(encodeEnvelope(fields)), fields);
});

Deno.test("encodeEnvelope() takes 65,536 bytes, whatever they might have been, and refuses one more", () => {
  for (
    const [unit, bytes] of [["a", 1], ["\u00e9", 2], ["\u4e16", 3]] as const
  ) {
    // The type takes 4 bytes, each of the other fields 3 beside its text.
    const room = LIMITS.maxEnvelopeBytes - 4 - 3 - 3;
    const topic = unit.repeat(Math.floor(room / bytes));
    const id = "a".repeat(room % bytes);
    const most: EnvelopeFields = { type: "direct", id, topic };
    const encoded = encodeEnvelope(most);
    assert.equal(encoded.length, LIMITS.maxEnvelopeBytes);
    assert.deepEqual(decodeEnvelope(encoded), most);
    assert.throws(() => encodeEnvelope({ ...most, id: id + "a" }), {
      code: "invalid_message",
      message: /must fit into 65536 bytes: it takes 65537 or more/,
    });
    assert.throws(() => encodeEnvelope({ ...most, attempt: 1 }), {
      code: "invalid_message",
    });
  }
});

Deno.test("encodeEnvelope() refuses a text that cannot fit without writing it", () => {
  const topic = "a".repeat(10_000_000);
  assert.throws(() => encodeEnvelope({ type: "direct", topic }), {
    code: "invalid_message",
    message: /must fit into 65536 bytes/,
  });
});

Deno.test("EnvelopeEncoder.encode() keeps no buffer that was for a large envelope", () => {
  const encoder = new EnvelopeEncoder();
  const topic = "a".repeat(60_000);
  assert.ok(
    encoder.encode({ type: "direct", topic }).buffer.byteLength > 65_536,
  );
  const small: EnvelopeFields = { type: "publish", topic: "t" };
  const encoded = encoder.encode(small);
  assert.deepEqual(decodeEnvelope(encoded), small);
  assert.ok(encoded.buffer.byteLength <= 1_024);
});

Deno.test("encodeEnvelope() gives an array of its own", () => {
  const bytes = encodeEnvelope({ type: "direct" });
  assert.equal(bytes.buffer.byteLength, bytes.length);
});

Deno.test("decodeEnvelope() keeps marks and replacement characters in texts", () => {
  for (const text of ["\ufeff", "a\ufffd", "\ufeff\ufffd" + "a".repeat(80)]) {
    const fields: EnvelopeFields = { type: "direct", headers: { text } };
    assert.deepEqual(decodeEnvelope(encodeEnvelope(fields)), fields);
  }
});

Deno.test("decodeEnvelope() skips the fields of later versions", () => {
  assert.deepEqual(decodeEnvelope(hex("c8000299ff" + "01000100")), {
    type: "direct",
  });
});

Deno.test("decodeEnvelope() keeps header names away from prototypes (F8)", () => {
  const { headers } = decodeEnvelope(
    encodeEnvelope({
      type: "direct",
      headers: Object.fromEntries([
        ["__proto__", "a"],
        ["constructor", "b"],
        ["toString", "c"],
      ]),
    }),
  );
  assert.deepEqual(Object.entries(headers ?? {}), [
    ["__proto__", "a"],
    ["constructor", "b"],
    ["toString", "c"],
  ]);
  assert.equal(Object.getPrototypeOf(headers), Object.prototype);
});

const TEXTS = [
  [2, "id"],
  [3, "sender"],
  [4, "recipient"],
  [5, "topic"],
  [6, "requestId"],
  [7, "correlationId"],
  [11, "deduplicationId"],
] as const;
const TYPE = "01000100";
const BROKEN: Readonly<Record<string, [string, RegExp]>> = {
  "nothing": ["", /must have a type/],
  "no type": ["02000161", /must have a type/],
  "a type that is not known": ["0100010a", /type must be one byte from 0 to 9/],
  "a type of two bytes": ["0100020000", /type must be one byte/],
  "a type of no bytes": ["010000", /type must be one byte/],
  "two types": [TYPE + TYPE, /type stands there twice/],
  "a text twice": [TYPE + "02000161" + "02000162", /id stands there twice/],
  "an empty text twice": [TYPE + "020000" + "020000", /id stands there twice/],
  "a number twice": [
    TYPE + "0a00080000000000000000".repeat(2),
    /attempt stands there twice/,
  ],
  "a header twice": [TYPE + "0c0003000161".repeat(2), /a header stands there/],
  "a number of four bytes": [TYPE + "08000400000000", /must have 8 bytes/],
  "a cut tag": [TYPE + "02", /must be whole: it ends inside tag 2/],
  "a cut length": [TYPE + "0200", /must be whole: it ends inside tag 2/],
  "a cut value": [TYPE + "0200026b", /must be whole: it ends inside tag 2/],
  "a header without a length": [TYPE + "0c000100", /headers must be whole/],
  "a header cut inside its name": [TYPE + "0c0003000261", /headers must be/],
  "text that is not UTF-8": [TYPE + "020002c328", /must be UTF-8/],
  "long text that is not UTF-8": [
    TYPE + "02004b" + "61".repeat(74) + "ff",
    /must be UTF-8/,
  ],
  "a header that is not UTF-8": [TYPE + "0c00040001" + "80" + "61", /UTF-8/],
};

for (const [what, [bytes, expected]] of Object.entries(BROKEN)) {
  Deno.test(`decodeEnvelope() refuses ${what}`, () => {
    assert.throws(() => decodeEnvelope(hex(bytes)), {
      code: "protocol",
      message: expected,
    });
  });
}

Deno.test("decodeEnvelope() refuses more than 65,536 bytes before looking at them", () => {
  assert.throws(() => decodeEnvelope(new Uint8Array(65_537)), {
    code: "protocol",
    message: /must fit into 65536 bytes: it takes 65537/,
  });
});

Deno.test("decodeEnvelope() gives any bytes a typed error or an envelope", () => {
  const mutated = fc.tuple(anyEnvelope, fc.nat(), fc.integer({ max: 255 }))
    .map(([fields, place, value]) => {
      const bytes = encodeEnvelope(fields);
      bytes[place % bytes.length] = value;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), mutated), (bytes) => {
      try {
        decodeEnvelope(bytes);
      } catch (error) {
        assert.ok(error instanceof BusError && error.code === "protocol");
      }
    }),
    { numRuns: 2_000 },
  );
});

/** The type, texts and number of a head in hex digits, put together one by one. */
function byHand(fields: EnvelopeFields): string {
  const number = (value: number, bytes: number) =>
    value.toString(16).padStart(2 * bytes, "0");
  let digits = "010001" + number(MESSAGE_TYPES.indexOf(fields.type), 1);
  for (const [tag, name] of TEXTS) {
    const text = fields[name];
    if (text === undefined) continue;
    const value = new TextEncoder().encode(text);
    digits += number(tag, 1) + number(value.length, 2) + value.toHex();
  }
  return digits + (fields.ttlMs === undefined ? "" : "090008401c000000000000");
}

function hex(digits: string): Uint8Array {
  return Uint8Array.fromHex(digits);
}
