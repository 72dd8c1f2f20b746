import assert from "node:assert/strict";
import fc from "fast-check";
import { NumberTable } from "../../core/number_table.ts";

interface Value {
  readonly number: number;
}

function tableOf(numbers: readonly number[]): NumberTable<Value> {
  const table = new NumberTable<Value>();
  for (const number of numbers) table.set(number, { number });
  return table;
}

Deno.test("NumberTable has what a Map would have, whatever comes and goes", () => {
  const numbers = fc.oneof(
    { weight: 6, arbitrary: fc.nat(40) },
    // Those of a count that begins anew, and such as a 32-bit number cannot hold.
    {
      weight: 1,
      arbitrary: fc.integer({ min: 2 ** 31 - 3, max: 2 ** 31 + 3 }),
    },
    {
      weight: 1,
      arbitrary: fc.integer({ min: 2 ** 32 - 3, max: 2 ** 32 + 3 }),
    },
  );
  const steps = fc.array(fc.tuple(fc.nat(9), numbers), {
    minLength: 20,
    maxLength: 400,
  });
  fc.assert(
    fc.property(steps, fc.nat(9), (steps, share) => {
      const table = new NumberTable<Value>();
      const model = new Map<number, Value>();
      for (const [kind, number] of steps) {
        if (kind < share) {
          const value = { number };
          table.set(number, value);
          model.set(number, value);
        } else {
          assert.equal(table.take(number), model.get(number));
          model.delete(number);
        }
        assert.equal(table.size, model.size);
        assert.equal(table.get(number), model.get(number));
      }
      for (const [, number] of steps) {
        assert.equal(table.get(number), model.get(number));
      }
      const expected = [...model.values()].sort((one, other) =>
        one.number - other.number
      );
      assert.deepEqual(table.inOrder(), expected);
    }),
    { numRuns: 300 },
  );
});

Deno.test("NumberTable gives its memory back once it was nearly empty for a while, and not with every burst", () => {
  const count = 700;
  const numbers = Array.from({ length: count }, (_, at) => at);
  const table = tableOf(numbers);
  const { slots } = table;
  assert.ok(slots <= 4 * count, `${slots} slots`);
  for (let burst = 0; burst < 10; burst++) {
    for (const number of numbers) table.take(number);
    assert.equal(table.slots, slots);
    for (const number of numbers) table.set(number, { number });
  }
  for (const number of numbers) table.take(number);
  for (let number = 0; number < 2 * slots; number++) {
    table.set(number, { number });
    table.take(number);
  }
  assert.equal(table.slots, 8);
});

Deno.test("NumberTable looks at few slots for numbers in a row, also where the oldest stays", () => {
  const table = tableOf(Array.from({ length: 1_000 }, (_, at) => at));
  const startedAt = performance.now();
  for (let number = 1_000; number < 500_000; number++) {
    table.set(number, { number });
    assert.equal(table.take(number - 999)?.number, number - 999);
  }
  // A tenth of a second; with runs of a thousand to look through, minutes.
  assert.ok(performance.now() - startedAt < 10_000);
  assert.equal(table.get(0)?.number, 0);
  assert.equal(table.size, 1_000);
});
