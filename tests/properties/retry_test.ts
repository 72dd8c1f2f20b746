import assert from "node:assert/strict";
import fc from "fast-check";
import { LIMITS } from "../../core/limits.ts";
import {
  exponentialBackoff,
  type ExponentialBackoffOptions,
  nextDelay,
} from "../../core/retry.ts";
import { seededRandom } from "../../testing/seeded_random.ts";
import { RUNS } from "./arbitraries/runs.ts";

const bounds = fc.tuple(
  fc.integer({ min: 0, max: LIMITS.maxDurationMs }),
  fc.integer({ min: 0, max: LIMITS.maxDurationMs }),
).map(([one, other]) => ({
  minDelayMs: Math.min(one, other),
  maxDelayMs: Math.max(one, other),
}));
const attempts = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.constantFrom(1_023, 1_024, 1_075, 2 ** 31, Number.MAX_SAFE_INTEGER),
);
const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

Deno.test("exponentialBackoff() waits a whole number of milliseconds below its bound, after any number of failures", () => {
  fc.assert(
    fc.property(bounds, attempts, chances, (bounds, attempts, chance) => {
      const random = { next: () => chance, fill: () => {} };
      const delayMs = exponentialBackoff({ ...bounds, random })({ attempts });
      const { minDelayMs, maxDelayMs } = bounds;
      assert.ok(delayMs !== undefined && Number.isInteger(delayMs));
      assert.ok(delayMs >= 0 && delayMs <= maxDelayMs);
      // Doubled one by one, as far as that goes.
      let bound = minDelayMs;
      for (let more = 1; more < Math.min(attempts, 64); more++) {
        bound = Math.min(maxDelayMs, bound * 2);
      }
      assert.equal(delayMs, Math.round(Math.min(maxDelayMs, bound) * chance));
    }),
    RUNS,
  );
});

Deno.test("exponentialBackoff() spreads 100,000 waits over the whole bound, evenly", () => {
  const policy = exponentialBackoff({
    minDelayMs: 1_000,
    maxDelayMs: 10_000,
    random: seededRandom(5),
  });
  const draws = 100_000;
  for (const [attempts, bound] of [[1, 1_000], [3, 4_000], [9, 10_000]]) {
    assert.ok(attempts && bound);
    const tenths = new Array(10).fill(0);
    let sum = 0;
    for (let draw = 0; draw < draws; draw++) {
      const delayMs: number = policy({ attempts }) ?? -1;
      assert.ok(delayMs >= 0 && delayMs <= bound);
      sum += delayMs;
      tenths[Math.min(9, Math.floor(delayMs * 10 / bound))]++;
    }
    assert.ok(Math.abs(sum / draws / bound - 0.5) < 0.01, "full jitter");
    for (const count of tenths) {
      assert.ok(Math.abs(count / draws - 0.1) < 0.01, `${tenths}`);
    }
  }
});

Deno.test("exponentialBackoff() takes just the bounds that are in order and can be timed", () => {
  const values = fc.oneof(
    fc.double(),
    fc.integer(),
    fc.nat(100_000),
    fc.constantFrom(undefined, null, "", "100", true, {}),
  );
  const isWait = (value: unknown) =>
    typeof value === "number" && Number.isInteger(value) && value >= 0 &&
    value <= LIMITS.maxDurationMs;
  fc.assert(
    fc.property(values, values, (first, last) => {
      const { maxDelayMs = 30_000 } = { maxDelayMs: last };
      const { minDelayMs = Math.min(100, Number(maxDelayMs)) } = {
        minDelayMs: first,
      };
      const isRight = isWait(minDelayMs) && isWait(maxDelayMs) &&
        Number(minDelayMs) <= Number(maxDelayMs);
      const make = () =>
        exponentialBackoff(
          { minDelayMs: first, maxDelayMs: last } as ExponentialBackoffOptions,
        );
      if (isRight) make();
      else assert.throws(make, RangeError);
    }),
    RUNS,
  );
});

Deno.test("nextDelay() makes a wait or a problem of whatever a policy answers", () => {
  const answers = fc.oneof(
    fc.anything(),
    fc.double(),
    fc.constantFrom(Symbol("none"), Object.create(null), { toString: 0 }),
  );
  fc.assert(
    fc.property(answers, fc.boolean(), (value, throws) => {
      const policy = () => {
        if (throws) throw value;
        return value as number | undefined;
      };
      const { delayMs, problem } = nextDelay(policy, { attempts: 1 });
      if (!throws && value === undefined) {
        assert.deepEqual([delayMs, problem], [undefined, undefined]);
      } else if (delayMs === undefined) {
        assert.match(problem ?? "", /^its retry policy /);
      } else {
        assert.ok(Number.isInteger(delayMs) && delayMs >= 0);
        assert.ok(delayMs <= LIMITS.maxDurationMs);
        assert.equal(problem, undefined);
        assert.ok(Math.abs(delayMs - (value as number)) <= 0.5);
      }
    }),
    RUNS,
  );
});
