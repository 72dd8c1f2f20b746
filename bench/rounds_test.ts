import assert from "node:assert/strict";
import { runRounds, valuesOf } from "./rounds.ts";

Deno.test("runRounds() goes backwards every other round", async () => {
  const order: string[] = [];
  const measurements = ["a", "b"].map((key) => ({
    key,
    run: () => {
      order.push(key);
      return Promise.resolve({ ms: order.length });
    },
  }));
  const outcomes = await runRounds(measurements, { rounds: 3 });
  assert.equal(order.join(""), "abbaab");
  assert.deepEqual(valuesOf(outcomes.get("a"), "ms"), [1, 4, 5]);
});

Deno.test("runRounds() goes on when a measurement fails, and says why it did", async () => {
  let round = 0;
  const run = () =>
    ++round === 1
      ? Promise.reject(new Error("no server"))
      : Promise.resolve({ ms: 7 });
  const outcomes = await runRounds([{ key: "a", run }], { rounds: 2 });
  const outcome = outcomes.get("a");
  assert.deepEqual(outcome?.rounds, [undefined, { ms: 7 }]);
  assert.equal(outcome?.failure?.message, "no server");
  assert.deepEqual(valuesOf(outcome, "ms"), [7]);
});
