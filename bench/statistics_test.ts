import assert from "node:assert/strict";
import { median, quantile, ratioInterval } from "./statistics.ts";

Deno.test("median() takes the middle value, or the mean of the two in the middle", () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([9, 1, 5, 6]), 5.5);
});

Deno.test("quantile() takes the value that so many do not exceed", () => {
  const values = Array.from({ length: 101 }, (_, index) => index);
  assert.equal(quantile(values, 0.99), 99);
  assert.equal(quantile(values, 0), 0);
  assert.equal(quantile(values, 1), 100);
});

Deno.test("ratioInterval() is as far from 1 for a half as for a double", () => {
  const { low, middle, high } = ratioInterval([0.5, 2]);
  assert.ok(Math.abs(middle - 1) < 1e-9, String(middle));
  assert.ok(Math.abs(low * high - 1) < 1e-9, `${low} to ${high}`);
});

Deno.test("ratioInterval() becomes narrower with rounds that agree", () => {
  const few = ratioInterval([1.1, 1.2]);
  const many = ratioInterval([1.1, 1.2, 1.1, 1.2, 1.1, 1.2]);
  assert.ok(many.high - many.low < (few.high - few.low) / 5);
  assert.ok(many.low > 1.05 && many.high < 1.25, `${many.low} to ${many.high}`);
});

Deno.test("ratioInterval() of one round says nothing", () => {
  assert.deepEqual(ratioInterval([2]), {
    low: 0,
    middle: 2,
    high: Infinity,
  });
});
