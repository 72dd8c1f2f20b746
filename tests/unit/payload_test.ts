import assert from "node:assert/strict";
import fc from "fast-check";
import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { leastBytes, payloadBytes } from "../../core/payload.ts";

function exactBytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).byteLength;
}

function isInvalid(error: unknown): boolean {
  return error instanceof BusError && error.code === "invalid_message";
}

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

/** Texts, lists and objects of JSON. */
const jsonValue = fc.jsonValue({ maxDepth: 6 })
  .filter((value) => typeof value !== "number");

Deno.test("leastBytes() is never above what the payload takes, and at least a 24th of it", () => {
  fc.assert(
    fc.property(jsonValue, (value) => {
      const least = leastBytes(value, Infinity);
      const exact = exactBytes(value);
      assert.ok(least <= exact, `${least} > ${exact}`);
      assert.ok(exact <= 24 * least, `${exact} > 24 × ${least}`);
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("leastBytes() holds its 24th for the longest of numbers", () => {
  const numbers = Array.from({ length: 100 }, () => -1.2345678901234567e-300);
  assert.ok(exactBytes(numbers) <= 24 * leastBytes(numbers, Infinity));
  fc.assert(
    fc.property(
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })),
      (values) => exactBytes(values) <= 24 * leastBytes(values, Infinity),
    ),
  );
});

Deno.test("leastBytes() counts a Uint8Array as it is", () => {
  assert.equal(leastBytes(new Uint8Array(17), 1), 17);
  assert.equal(leastBytes(new Uint8Array(), 1), 0);
});

Deno.test("leastBytes() stops soon after the limit, whatever a value shares", () => {
  let value: unknown = ["x"];
  // Written out, this is 2 to the 60th elements.
  for (let level = 0; level < 60; level++) value = [value, value];
  const bytes = leastBytes(value, 1_000);
  assert.ok(bytes > 1_000 && bytes < 2_000, `${bytes}`);
});

Deno.test("leastBytes() refuses what JSON cannot carry, and names the place", () => {
  const refused: [unknown, RegExp][] = [
    [NaN, /payload is NaN/],
    [{ a: [1, { b: Infinity }] }, /payload\.a\.1\.b is Infinity/],
    [() => 1, /payload is a function/],
    [{ id: 1n }, /payload\.id is a bigint/],
    [{ s: Symbol("s") }, /payload\.s is a symbol/],
    [[undefined], /payload\.0 is a undefined/],
    [new Date(0), /payload is an instance of Date/],
    [{ m: new Map() }, /payload\.m is an instance of Map/],
  ];
  for (const [value, text] of refused) {
    assert.throws(
      () => leastBytes(value, Infinity),
      (error: unknown) => isInvalid(error) && text.test(String(error)),
    );
  }
});

Deno.test("leastBytes() allows 64 levels and refuses the 65th, and cycles with it", () => {
  leastBytes(nested(LIMITS.maxPayloadDepth), Infinity);
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  for (const value of [nested(LIMITS.maxPayloadDepth + 1), cycle]) {
    assert.throws(
      () => leastBytes(value, Infinity),
      /deeper than 64 levels, or contains itself/,
    );
  }
});

Deno.test("leastBytes() takes a property without a value for none, as JSON does", () => {
  assert.equal(leastBytes({ a: undefined }, Infinity), 2);
  assert.equal(leastBytes(Object.create(null), Infinity), 2);
});

Deno.test("payloadBytes() is exact wherever the payload may be over the limit", () => {
  fc.assert(
    fc.property(jsonValue, fc.integer({ min: 1, max: 400 }), (value, max) => {
      const exact = exactBytes(value);
      const bytes = payloadBytes(value, max);
      // Whether it fits is answered as the exact size would answer it.
      assert.equal(bytes > max, exact > max);
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("payloadBytes() counts characters beyond ASCII as they are encoded", () => {
  const text = "€".repeat(100);
  assert.equal(payloadBytes(text, 250), 302);
});
