import assert from "node:assert/strict";
import fc from "fast-check";
import { alignKeys, type Gap } from "../../testing/aligned_keys.ts";
import { LIMITS } from "../../core/limits.ts";

const LIST = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 12 });

Deno.test("alignKeys() leaves the same of both lists, and as much as can be", () => {
  fc.assert(
    fc.property(LIST, LIST, (first, second) => {
      const gaps = alignKeys(first, second);
      const rest = restOf(first, gaps, "ofFirst");
      assert.deepEqual(restOf(second, gaps, "ofSecond"), rest);
      assert.equal(rest.length, longestCommon(first, second));
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("alignKeys() gives places in order, and no gap that is empty", () => {
  fc.assert(
    fc.property(LIST, LIST, (first, second) => {
      const gaps = alignKeys(first, second);
      for (const side of ["ofFirst", "ofSecond"] as const) {
        const places = gaps.flatMap((gap) => gap[side]);
        assert.deepEqual(places, [...new Set(places)].sort((a, b) => a - b));
      }
      assert.ok(gaps.every((gap) => gap.ofFirst.length + gap.ofSecond.length));
    }),
  );
});

Deno.test("alignKeys() compares lists with too many pairs place by place", () => {
  const length = Math.sqrt(LIMITS.maxComparedPairs) + 1;
  const first = Array.from({ length }, (_, at) => `a${at}`);
  const second = Array.from({ length }, (_, at) => `b${at}`);
  const same = ["x", "y"];
  const gaps = alignKeys([...same, ...first, "z"], [
    ...same,
    ...second,
    "more",
    "z",
  ]);
  assert.equal(gaps.length, length + 1);
  assert.deepEqual(gaps[0], { ofFirst: [2], ofSecond: [2] });
  assert.deepEqual(gaps.at(-1), { ofFirst: [], ofSecond: [length + 2] });
});

/** What stands beside its like. */
function restOf(
  list: readonly string[],
  gaps: readonly Gap[],
  side: keyof Gap,
): string[] {
  const left = new Set(gaps.flatMap((gap) => gap[side]));
  return list.filter((_, at) => !left.has(at));
}

/** The same, by its definition. */
function longestCommon(
  [first, ...others]: readonly string[],
  second: readonly string[],
): number {
  if (first === undefined) return 0;
  const at = second.indexOf(first);
  const without = longestCommon(others, second);
  if (at < 0) return without;
  return Math.max(without, 1 + longestCommon(others, second.slice(at + 1)));
}
