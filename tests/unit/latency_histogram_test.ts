import assert from "node:assert/strict";
import fc from "fast-check";
import { LatencyHistogram } from "../../bus/latency_histogram.ts";

/** Whole microseconds up to an hour, each size as likely as the next. */
const durationMs = fc.double({ min: 0, max: Math.log2(3.6e9), noNaN: true })
  .map((power) => Math.floor(2 ** power - 1) / 1_000);

Deno.test("LatencyHistogram.quantile() is within 1/32 of the exact one", () => {
  fc.assert(
    fc.property(
      fc.array(durationMs, { minLength: 1, maxLength: 200 }),
      fc.double({ min: 0.001, max: 1, noNaN: true }),
      (durations, share) => {
        const histogram = new LatencyHistogram();
        for (const duration of durations) histogram.record(duration);
        const sorted = durations.toSorted((a, b) => a - b);
        const rank = Math.ceil(sorted.length * share);
        const exact = sorted[rank - 1] ?? NaN;
        const found = histogram.quantile(share);
        assert.ok(
          Math.abs(found - exact) <= exact / 32 + 0.001,
          `${found} for ${exact}`,
        );
        assert.equal(histogram.count, durations.length);
        assert.equal(histogram.maxMs, sorted.at(-1));
      },
    ),
    { numRuns: 1_000 },
  );
});

Deno.test("LatencyHistogram.quantile() never falls as the share grows, nor is above the longest", () => {
  fc.assert(
    fc.property(fc.array(durationMs, { minLength: 1 }), (durations) => {
      const histogram = new LatencyHistogram();
      for (const duration of durations) histogram.record(duration);
      let last = 0;
      for (const share of [0.01, 0.25, 0.5, 0.9, 0.99, 1]) {
        const found = histogram.quantile(share);
        assert.ok(found >= last && found <= histogram.maxMs);
        last = found;
      }
    }),
  );
});

Deno.test("LatencyHistogram.quantile() is 0 where there is nothing", () => {
  const histogram = new LatencyHistogram();
  assert.equal(histogram.quantile(0.5), 0);
  assert.equal(histogram.maxMs, 0);
  histogram.record(0);
  assert.equal(histogram.quantile(1), 0);
  assert.equal(histogram.count, 1);
});

Deno.test("LatencySnapshot.since() tells of what was recorded in between, and stays as it is", () => {
  const histogram = new LatencyHistogram();
  for (let n = 0; n < 100; n++) histogram.record(1_000);
  const earlier = histogram.snapshot();
  assert.equal(earlier.since(earlier).quantile(0.5), 0);
  for (let n = 0; n < 9; n++) histogram.record(2);
  histogram.record(50);
  const recent = histogram.snapshot().since(earlier);
  assert.equal(recent.count, 10);
  const near = (value: number, wanted: number) =>
    assert.ok(Math.abs(value - wanted) <= wanted / 32, `${value}`);
  near(recent.quantile(0.9), 2);
  near(recent.quantile(1), 50);
  near(earlier.quantile(1), 1_000);
});
