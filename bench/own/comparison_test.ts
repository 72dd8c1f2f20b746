import assert from "node:assert/strict";
import type { Benchmark } from "./benchmark.ts";
import { compare, verdictOn } from "./comparison.ts";

const BENCHMARK: Benchmark = {
  name: "a group: a work",
  group: "a group",
  figures: ["perSecond"],
  run: () => Promise.resolve({}),
};

Deno.test("verdictOn() sees a difference only if the whole interval is beyond five percent", () => {
  const verdict = (low: number, high: number) =>
    verdictOn({ low, middle: 1, high }, true);
  assert.equal(verdict(1.06, 1.2), "better");
  assert.equal(verdict(1.04, 1.2), "same within noise");
  assert.equal(verdict(0.9, 1.2), "same within noise");
  assert.equal(verdict(0.8, 0.96), "same within noise");
  assert.equal(verdict(0.8, 0.94), "WORSE");
});

Deno.test("verdictOn() takes more for worse where less is better", () => {
  const more = { low: 1.5, middle: 1.6, high: 1.7 };
  const less = { low: 0.5, middle: 0.6, high: 0.7 };
  assert.equal(verdictOn(more, false), "WORSE");
  assert.equal(verdictOn(less, false), "better");
});

Deno.test("compare() takes the ratio of each round by itself", () => {
  // The machine was ten times slower in the second round, for both.
  const before = { rounds: [{ perSecond: 100 }, { perSecond: 10 }] };
  const now = { rounds: [{ perSecond: 200 }, { perSecond: 20 }] };
  const row = compare(BENCHMARK, "perSecond", before, now);
  assert.deepEqual(row?.ratio, { low: 2, middle: 2, high: 2 });
  assert.equal(row?.verdict, "better");
});

Deno.test("compare() leaves out rounds that one of the two did not finish", () => {
  const before = { rounds: [{ perSecond: 100 }, undefined] };
  const now = { rounds: [undefined, { perSecond: 20 }] };
  assert.equal(compare(BENCHMARK, "perSecond", before, now), undefined);
});
