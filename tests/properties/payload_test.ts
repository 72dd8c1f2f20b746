import assert from "node:assert/strict";
import fc from "fast-check";
import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { leastBytes, payloadBytes } from "../../core/payload.ts";
import { RUNS } from "./arbitraries/runs.ts";

/** In no JSON value is written more than this for each byte that is counted. */
const MOST = 25;

const numbers = fc.double({ noNaN: true, noDefaultInfinity: true });
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    fc.constantFrom<unknown>(
      null,
      true,
      false,
      -1.2345678901234567e-300,
      -0.0000012345678901234567,
    ),
    numbers,
    fc.string({ unit: "binary" }),
    fc.array(tie("json"), { maxLength: 8 }),
    fc.dictionary(fc.string({ unit: "binary" }), tie("json"), { maxKeys: 8 }),
  ),
}));
const limits = fc.oneof(fc.nat(20), fc.nat(2_000), fc.constant(10_000_000));

function realBytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).byteLength;
}

Deno.test("leastBytes() is never above what the value takes, and that never above 25 times as much", () => {
  fc.assert(
    fc.property(json, (value) => {
      const least = leastBytes(value, Infinity);
      const real = realBytes(value);
      assert.ok(least <= real, `${least} > ${real}`);
      assert.ok(real <= MOST * least, `${real} > ${MOST} * ${least}`);
    }),
    RUNS,
  );
});

Deno.test("payloadBytes() finds every value that is over the limit, and no other", () => {
  fc.assert(
    fc.property(json, limits, (value, maxBytes) => {
      const real = realBytes(value);
      const bytes = payloadBytes(value, maxBytes);
      assert.equal(bytes > maxBytes, real > maxBytes);
      assert.ok(bytes <= real);
    }),
    RUNS,
  );
});

Deno.test("leastBytes() takes just what JSON gives back as it was, and names the place of anything else", () => {
  const values = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSparseArray: true,
    withTypedArray: true,
  });
  fc.assert(
    fc.property(values, (value) => {
      let bytes: number | undefined;
      try {
        bytes = leastBytes(value, Infinity);
      } catch (error) {
        assert.ok(error instanceof BusError);
        assert.equal(error.code, "invalid_message");
        assert.ok(!isSurelyJson(value, 0), error.message);
        return;
      }
      if (value instanceof Uint8Array) {
        assert.equal(bytes, value.byteLength);
        return;
      }
      const text = JSON.stringify(value) ?? "null";
      assert.ok(bytes <= new TextEncoder().encode(text).byteLength);
      assert.doesNotThrow(() => leastBytes(JSON.parse(text), Infinity));
    }),
    RUNS,
  );
});

Deno.test("leastBytes() takes values nested as deep as the limit says, and none deeper", () => {
  const depths = fc.integer({ min: 1, max: LIMITS.maxPayloadDepth + 20 });
  fc.assert(
    fc.property(depths, fc.boolean(), (depth, inArrays) => {
      let value: unknown = 1;
      for (let level = 0; level < depth; level++) {
        value = inArrays ? [value] : { value };
      }
      const measure = () => leastBytes(value, Infinity);
      if (depth <= LIMITS.maxPayloadDepth) measure();
      else assert.throws(measure, /nested deeper than 64 levels/);
    }),
    RUNS,
  );
});

/** Whether a value is plain JSON beyond doubt. */
function isSurelyJson(value: unknown, depth: number): boolean {
  if (typeof value === "object" && value !== null) {
    const isPlain = Array.isArray(value) ||
      Object.getPrototypeOf(value) === Object.prototype;
    return isPlain && depth < LIMITS.maxPayloadDepth &&
      Array.from(Object.values(value))
        .every((part) => isSurelyJson(part, depth + 1)) &&
      (!Array.isArray(value) || Object.keys(value).length === value.length);
  }
  return value === null || typeof value === "string" ||
    typeof value === "boolean" || Number.isFinite(value);
}
