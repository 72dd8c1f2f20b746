import assert from "node:assert/strict";
import fc from "fast-check";
import { LIMITS } from "../../core/limits.ts";
import { exponentialBackoff, nextDelay } from "../../core/retry.ts";
import { seededRandom } from "../../testing/seeded_random.ts";

Deno.test("exponentialBackoff() stays within a bound that doubles, up to the longest", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 10_000 }),
      fc.integer({ min: 0, max: 100_000 }),
      fc.nat(),
      (minDelayMs, moreMs, seed) => {
        const maxDelayMs = minDelayMs + moreMs;
        const random = seededRandom(seed);
        const retry = exponentialBackoff({ minDelayMs, maxDelayMs, random });
        for (let attempts = 1; attempts <= 40; attempts++) {
          const delayMs = retry({ attempts }) ?? NaN;
          const bound = Math.min(maxDelayMs, minDelayMs * 2 ** (attempts - 1));
          assert.ok(Number.isInteger(delayMs));
          assert.ok(delayMs >= 0 && delayMs <= bound, `${delayMs} > ${bound}`);
        }
      },
    ),
    { numRuns: 100 },
  );
});

Deno.test("exponentialBackoff() spreads 1,000 draws over the whole of its bound", () => {
  const retry = exponentialBackoff({ random: seededRandom(5) });
  for (const [attempts, bound] of [[1, 100], [3, 400], [20, 30_000]] as const) {
    const draws = Array.from({ length: 1_000 }, () => retry({ attempts }) ?? -1)
      .sort((a, b) => a - b);
    const at = (index: number) => draws[index] ?? NaN;
    assert.ok(at(0) >= 0 && at(0) < bound * 0.02);
    assert.ok(at(999) <= bound && at(999) > bound * 0.98);
    assert.ok(Math.abs(at(500) - bound / 2) < bound * 0.06, `${at(500)}`);
  }
});

Deno.test("exponentialBackoff() never gives up by itself, nor leaves the numbers", () => {
  const retry = exponentialBackoff({
    random: { next: () => 1 - 2 ** -32, fill: () => {} },
  });
  const fromNothing = exponentialBackoff({ minDelayMs: 0 });
  for (const attempts of [1, 100, 2_000, Number.MAX_SAFE_INTEGER]) {
    const delayMs = retry({ attempts });
    assert.ok(delayMs !== undefined && delayMs <= 30_000, `${delayMs}`);
    assert.equal(fromNothing({ attempts }), 0);
  }
});

Deno.test("exponentialBackoff() refuses delays that are none", () => {
  const wrong = [-1, 0.5, NaN, Infinity, LIMITS.maxDurationMs + 1];
  for (const value of wrong) {
    assert.throws(() => exponentialBackoff({ minDelayMs: value }), RangeError);
    assert.throws(() => exponentialBackoff({ maxDelayMs: value }), RangeError);
  }
  assert.throws(
    () => exponentialBackoff({ minDelayMs: 2, maxDelayMs: 1 }),
    /minDelayMs must not be above maxDelayMs: 2 > 1/,
  );
});

Deno.test("nextDelay() takes an answer that cannot be shown for the problem that it is", () => {
  for (const answer of [Symbol("soon"), Object.create(null), "10", NaN, -1]) {
    const { delayMs, problem } = nextDelay(() => answer, { attempts: 1 });
    assert.equal(delayMs, undefined);
    assert.match(problem ?? "", /^its retry policy answered with no wait: /);
  }
});
