import assert from "node:assert/strict";
import fc from "fast-check";
import { CountedNames } from "../../bus/counted_names.ts";
import { LatencyHistogram } from "../../bus/latency_histogram.ts";
import { LIMITS } from "../../core/limits.ts";
import { RUNS } from "./arbitraries/runs.ts";

const durations = fc.oneof(
  fc.integer({ min: 0, max: 200 }).map((micros) => micros / 1_000),
  fc.double({ min: 0, max: 50, noNaN: true }),
  fc.double({ min: 0, max: 4_000_000, noNaN: true }),
);
const shares = fc.double({ min: 0, max: 1, noNaN: true });

Deno.test("X3: LatencyHistogram's quantiles are within 1/32 of the exact ones, or a microsecond", () => {
  const lists = fc.array(durations, {
    minLength: 1,
    maxLength: 100,
    size: "max",
  });
  fc.assert(
    fc.property(lists, fc.array(shares), (list, shares) => {
      const histogram = new LatencyHistogram();
      for (const duration of list) histogram.record(duration);
      const sorted = list.toSorted((one, other) => one - other);
      assert.equal(histogram.count, list.length);
      assert.equal(histogram.maxMs, sorted.at(-1));
      for (const share of [...shares, 0.5, 0.99, 1]) {
        const rank = Math.max(1, Math.ceil(list.length * share));
        const exact = sorted[rank - 1] ?? NaN;
        const found = histogram.quantile(share);
        const error = Math.max(0.001, exact / 32);
        assert.ok(
          Math.abs(found - exact) <= error + 1e-9,
          `${share}: ${found} instead of ${exact}`,
        );
      }
    }),
    RUNS,
  );
});

Deno.test("X3: LatencyHistogram's quantiles do not fall as their share grows", () => {
  const lists = fc.array(durations, { maxLength: 40 });
  fc.assert(
    fc.property(lists, shares, shares, (list, one, other) => {
      const histogram = new LatencyHistogram();
      for (const duration of list) histogram.record(duration);
      const [low, high] = [Math.min(one, other), Math.max(one, other)];
      assert.ok(histogram.quantile(low) <= histogram.quantile(high));
      assert.ok(histogram.quantile(1) <= histogram.maxMs);
    }),
    RUNS,
  );
});

Deno.test("X1: CountedNames counts every name it is given, once, also `__proto__` and `(other)`", () => {
  const names = fc.oneof(
    fc.string(),
    fc.constantFrom("__proto__", "constructor", "(other)", "toString"),
  );
  fc.assert(
    fc.property(fc.array(names), (list) => {
      const counted = new CountedNames();
      const model = new Map<string, number>();
      for (const name of list) {
        counted.add(name);
        model.set(name, (model.get(name) ?? 0) + 1);
      }
      assert.deepEqual(new Map(Object.entries(counted.toRecord())), model);
      for (const [name, count] of model) assert.equal(counted.get(name), count);
      assert.equal(
        counted.get("never counted"),
        model.get("never counted") ?? 0,
      );
    }),
    RUNS,
  );
});

Deno.test("X1: CountedNames loses no count where there are too many names, whatever came first", () => {
  const extra = fc.array(fc.constantFrom("new-1", "new-2", "n0", "(other)"));
  const full = LIMITS.maxCountedNames;
  fc.assert(
    fc.property(extra, fc.boolean(), (extra, knowsOther) => {
      const counted = new CountedNames();
      if (knowsOther) counted.add("(other)");
      for (let index = 0; counted.get(`n${full - 1}`) === 0; index++) {
        counted.add(`n${index}`);
        if (index === full) break;
      }
      const before = sum(counted);
      for (const name of extra) counted.add(name);
      assert.equal(sum(counted), before + extra.length);
      assert.ok(Object.keys(counted.toRecord()).length <= full + 1);
    }),
    { numRuns: 20 },
  );
});

function sum(counted: CountedNames): number {
  return Object.values(counted.toRecord())
    .reduce((one, other) => one + other, 0);
}
