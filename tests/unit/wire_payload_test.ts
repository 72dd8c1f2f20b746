import assert from "node:assert/strict";
import fc from "fast-check";
import { BusError } from "../../core/errors.ts";
import {
  decodePayload,
  encodePayload,
  PayloadEncoder,
} from "../../transports/wire/payload.ts";
import { Slab } from "../../transports/wire/slab.ts";

// JSON has one zero.
const anyJson = fc.jsonValue({ stringUnit: "grapheme" })
  .map((value) => JSON.parse(JSON.stringify(value)));

Deno.test("decodePayload() gives what encodePayload() was given", () => {
  fc.assert(
    fc.property(anyJson, (value) => {
      const { bytes, binary } = encodePayload(value);
      assert.equal(binary, false);
      assert.deepEqual(decodePayload(bytes, binary), value);
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("PayloadEncoder.encode() gives the same bytes as encodePayload(), one after the other", () => {
  const encoder = new PayloadEncoder();
  const long = fc.string({ minLength: 1_000, maxLength: 40_000 });
  fc.assert(fc.property(fc.oneof(anyJson, long), (value) => {
    const { bytes, binary } = encoder.encode(value);
    assert.deepEqual({ bytes: bytes.slice(), binary }, encodePayload(value));
  }));
});

Deno.test("PayloadEncoder.encode() keeps no buffer for a payload above 64 KiB", () => {
  const encoder = new PayloadEncoder();
  const large = "a".repeat(30_000);
  const { bytes } = encoder.encode(large);
  assert.deepEqual(bytes, encodePayload(large).bytes);
  const small = encoder.encode("a").bytes;
  assert.notEqual(small.buffer, bytes.buffer);
  assert.ok(small.buffer.byteLength <= 1_024);
});

Deno.test("decodePayload() takes 10,000 members in one object, and refuses 10,001", () => {
  const object = (count: number) =>
    `{${Array.from({ length: count }, (_, key) => `"${key}":0`).join()}}`;
  for (
    const inside of [object(10_000), `[${object(10_000)},${object(9_999)}]`]
  ) {
    assert.deepEqual(decodePayload(utf8(inside), false), JSON.parse(inside));
  }
  const nameless = `{${Array(10_001).fill('"":0').join()}}`;
  const inList = `[${object(5)},${object(10_001)}]`;
  for (const inside of [object(10_001), nameless, inList]) {
    assert.throws(() => decodePayload(utf8(inside), false), {
      code: "invalid_message",
      message: /no object in it may have more than 10000 members: one has/,
    });
  }
});

Deno.test("encodePayload() passes bytes through, and decodePayload() copies them", () => {
  const bytes = Uint8Array.of(0, 255);
  for (
    const encode of [
      encodePayload,
      (v: unknown) => new PayloadEncoder().encode(v),
    ]
  ) {
    const encoded = encode(bytes);
    assert.equal(encoded.bytes, bytes);
    assert.equal(encoded.binary, true);
  }
  const decoded = decodePayload(bytes, true);
  bytes.fill(1);
  assert.deepEqual(decoded, Uint8Array.of(0, 255));
});

Deno.test("encodePayload() takes undefined for null", () => {
  assert.deepEqual([...encodePayload(undefined).bytes], [...utf8("null")]);
});

Deno.test("encodePayload() refuses what has no JSON form", () => {
  const loop: unknown[] = [];
  loop.push(loop);
  for (const value of [() => {}, Symbol("s"), 1n, loop]) {
    assert.throws(() => encodePayload(value), { code: "invalid_message" });
  }
});

const nested = (depth: number, open = "[", close = "]") =>
  open.repeat(depth) + close.repeat(depth);

Deno.test("decodePayload() takes 64 levels, and refuses 65 (F8)", () => {
  for (const [open, close] of [["[", "]"], ['{"a":[', "]}"]] as const) {
    const levels = open.length === 1 ? 1 : 2;
    decodePayload(utf8(nested(64 / levels, open, close)), false);
    const deeper = `[${nested(64 / levels, open, close)}]`;
    assert.throws(() => decodePayload(utf8(deeper), false), {
      code: "invalid_message",
      message: /not be nested deeper than 64 levels/,
    });
  }
});

Deno.test("decodePayload() counts levels, not brackets", () => {
  const wide = `[${Array(200).fill("[]").join()}]`;
  assert.equal((decodePayload(utf8(wide), false) as unknown[]).length, 200);
  for (const inside of ["[".repeat(100), '\\"[{'.repeat(100), "\\\\"]) {
    const json = `["${inside}",${nested(63)}]`;
    assert.deepEqual(decodePayload(utf8(json), false), JSON.parse(json));
  }
});

Deno.test("decodePayload() refuses a million levels without parsing them", () => {
  assert.throws(() => decodePayload(utf8("[".repeat(1_000_000)), false), {
    code: "invalid_message",
    message: /nested deeper/,
  });
});

Deno.test("decodePayload() refuses what is not JSON in UTF-8", () => {
  const wrong = [
    utf8(""),
    utf8("{"),
    utf8("undefined"),
    utf8("\ufeff1"),
    Uint8Array.of(0x22, 0xff, 0x22),
    Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22),
  ];
  for (const bytes of wrong) {
    assert.throws(() => decodePayload(bytes, false), {
      code: "invalid_message",
      message: /must be JSON in UTF-8/,
    });
  }
});

Deno.test("decodePayload() keeps a replacement character that was sent", () => {
  assert.equal(decodePayload(encodePayload("\ufffd").bytes, false), "\ufffd");
});

Deno.test("decodePayload() changes no prototype (F8)", () => {
  const json =
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
  decodePayload(utf8(json), false);
  assert.equal("polluted" in {}, false);
});

Deno.test("decodePayload() gives any bytes a typed error or a value", () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), fc.string().map(utf8)), (bytes) => {
      try {
        decodePayload(bytes, false);
      } catch (error) {
        assert.ok(error instanceof BusError);
      }
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("S7 decodePayload() gives bytes of its own", () => {
  const read = Uint8Array.of(0, 1, 2, 3);
  const payload = decodePayload(read, true, 1, 3);
  read.fill(9);
  assert.deepEqual(payload, Uint8Array.of(1, 2));
});

Deno.test("decodePayload() reads what lies between other bytes", () => {
  const bytes = utf8('[1]{"a":"é"}[2]');
  assert.deepEqual(decodePayload(bytes, false, 3, bytes.length - 3), {
    a: "é",
  });
});

Deno.test("PayloadEncoder.write() holds what it wrote until it is cleared, and keeps no large buffer", () => {
  const encoder = new PayloadEncoder();
  const written = (value: unknown) => {
    const length = encoder.write(value);
    return new TextDecoder().decode(encoder.bytes.subarray(0, length));
  };
  const large = "a".repeat(100_000);
  assert.equal(written([1]), "[1]");
  assert.equal(written(large), JSON.stringify(large));
  encoder.clear();
  assert.ok(encoder.bytes.length <= 64 * 1024);
  assert.equal(written(["é"]), '["é"]');
});

Deno.test("Slab.copy() gives copies that nothing else writes to", () => {
  const slab = new Slab(64);
  fc.assert(fc.property(
    fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 30 }),
    (arrays) => {
      const expected = arrays.map((bytes) => [...bytes]);
      const copies = arrays.map((bytes) => slab.copy(bytes));
      for (const bytes of arrays) bytes.fill(0);
      assert.deepEqual(copies.map((bytes) => [...bytes]), expected);
    },
  ));
});

Deno.test("Slab.copy() keeps small arrays together and large ones apart", () => {
  const slab = new Slab(64);
  const [one, two, large] = [8, 8, 9].map((size) =>
    slab.copy(new Uint8Array(size))
  );
  assert.equal(one?.buffer, two?.buffer);
  assert.equal(large?.buffer.byteLength, 9);
});

Deno.test("Slab.keep() has room for what came together, up to a block, and for a few more of what came alone", () => {
  const slab = new Slab(4_096, 4);
  let chunk = {};
  const keep = (bytes: Uint8Array, from: number, to: number) => {
    const at = slab.keep(bytes, from, to, chunk);
    assert.deepEqual(
      slab.kept.subarray(at, at + to - from),
      bytes.subarray(from, to),
    );
    return slab.kept;
  };
  const together = new Uint8Array(1_000).map((_, index) => index);
  chunk = {};
  const block = keep(together, 0, 100);
  assert.equal(block.length, 1_000);
  for (let at = 100; at < 1_000; at += 100) {
    assert.equal(keep(together, at, at + 100), block);
  }
  chunk = {};
  const alone = together.subarray(0, 100);
  assert.equal(keep(alone, 0, 100).length, 400);
  chunk = {};
  const many = new Uint8Array(10_000);
  assert.equal(keep(many, 0, 400).length, 4_096);
  assert.equal(keep(many, 0, 5_000).length, 5_000);
});

Deno.test("Slab.keep() copies what follows in the same chunk with it, so much and no more", () => {
  const slab = new Slab(4_096, 4);
  const bytes = new Uint8Array(10_000).fill(1);
  const chunk = {};
  slab.keep(bytes, 0, 100, chunk);
  const { kept } = slab;
  // What is there already is seen by what is not read again.
  bytes.fill(2);
  const at = slab.keep(bytes, 300, 400, chunk);
  assert.equal(slab.kept, kept);
  assert.deepEqual(kept.subarray(at, at + 100), new Uint8Array(100).fill(1));
  // Four times as much is there, and not a byte more.
  const next = slab.keep(bytes, 301, 401, chunk);
  assert.deepEqual(
    slab.kept.subarray(next, next + 100),
    new Uint8Array(100).fill(2),
  );
});

Deno.test("Slab.keep() copies anew what lies in front of what it has copied", () => {
  const slab = new Slab(4_096, 4);
  const bytes = new Uint8Array(1_000).map((_, index) => index % 251);
  const chunk = {};
  for (const from of [500, 200, 0]) {
    const at = slab.keep(bytes, from, from + 50, chunk);
    assert.deepEqual(
      slab.kept.subarray(at, at + 50),
      bytes.subarray(from, from + 50),
    );
  }
});

Deno.test("Slab.keep() gives the bytes of every message, whatever else is kept between them and wherever chunks end", () => {
  fc.assert(fc.property(
    fc.array(
      fc.record({
        lengths: fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 8 }),
        copied: fc.nat({ max: 30 }),
      }),
      { maxLength: 12 },
    ),
    (chunks) => {
      const slab = new Slab(256, 4);
      // One buffer for all, as a decoder's is.
      const buffer = new Uint8Array(400);
      const expected: number[][] = [];
      const kept: (() => number[])[] = [];
      chunks.forEach(({ lengths, copied }, number) => {
        const chunk = {};
        for (let at = 0; at < buffer.length; at++) buffer[at] = at * 7 + number;
        let from = 0;
        for (const length of lengths) {
          const to = from + length;
          const at = slab.keep(buffer, from, to, chunk);
          const block = slab.kept;
          kept.push(() => [...block.subarray(at, at + length)]);
          expected.push([...buffer.subarray(from, to)]);
          slab.copy(new Uint8Array(copied).fill(0xff));
          from = to + 3;
        }
      });
      buffer.fill(0);
      assert.deepEqual(kept.map((read) => read()), expected);
    },
  ));
});

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
