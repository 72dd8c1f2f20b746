import assert from "node:assert/strict";
import { orderOf } from "./growth.ts";
import { orderName } from "./report.ts";

Deno.test("orderOf() is the power of the count that a message's time grows with", () => {
  for (const power of [0, 0.5, 1, 2]) {
    const points = [1, 10, 100, 1_000].map((count) => ({
      count,
      perSecond: 1e6 / count ** power,
      p99Us: 1,
    }));
    assert.ok(Math.abs(orderOf(points) - power) < 1e-9, String(power));
  }
});

Deno.test("orderName() tells constant, linear and worse apart", () => {
  assert.equal(orderName(0.03), "constant");
  assert.equal(orderName(1), "linear");
  assert.equal(orderName(1.6), "MORE THAN LINEAR");
});
