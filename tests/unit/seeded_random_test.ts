import assert from "node:assert/strict";
import fc from "fast-check";
import { seededRandom } from "../../testing/seeded_random.ts";

Deno.test("seededRandom() is PCG32 as its author publishes it", () => {
  // The first outputs of pcg32s seeded with 42, from the reference suite.
  const expected = [
    0xc2f57bd6,
    0x6b07c4a9,
    0x72b7b29b,
    0x44215383,
    0xf5af5ead,
    0x68beb632,
  ];
  const random = seededRandom(42);
  assert.deepEqual(expected.map(() => random.next() * 2 ** 32), expected);
});

Deno.test("seededRandom() repeats itself, and differs by seed", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (seed, other) => {
      const draw = (from: number) => {
        const random = seededRandom(from);
        return Array.from({ length: 8 }, () => random.next());
      };
      assert.deepEqual(draw(seed), draw(seed));
      if (seed !== other) assert.notDeepEqual(draw(seed), draw(other));
      assert.ok(draw(seed).every((number) => number >= 0 && number < 1));
    }),
  );
});

Deno.test("seededRandom() fills every byte, with every value", () => {
  const bytes = new Uint8Array(8_192);
  seededRandom(1).fill(bytes);
  assert.equal(new Set(bytes).size, 256);
});

Deno.test("seededRandom() refuses a seed that is no whole number", () => {
  for (const seed of [0.5, NaN, Infinity]) {
    assert.throws(() => seededRandom(seed), RangeError);
  }
});
