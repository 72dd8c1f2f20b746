import assert from "node:assert/strict";
import fc from "fast-check";
import type { Lease } from "../../bus/lease.ts";
import { LeaseTable } from "../../bus/remote/lease_table.ts";

function leaseOf(number: number): Lease {
  return { number } as Lease;
}

Deno.test("LeaseTable finds what a Map would, however long the oldest is held", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(30), { minLength: 100, maxLength: 5_000 }),
      (steps) => {
        const table = new LeaseTable();
        const model = new Map<number, Lease>();
        let last = 0;
        for (const step of steps) {
          if (step > 10) {
            const lease = leaseOf(++last);
            table.add(lease);
            model.set(last, lease);
          } else {
            // Mostly the newest, so that old ones stay in their places.
            const number = step === 0 ? last % 97 : last - step + 1;
            assert.equal(table.get(number), model.get(number));
            assert.equal(table.take(number), model.get(number));
            model.delete(number);
          }
        }
        for (let number = 0; number <= last + 1; number++) {
          assert.equal(table.get(number), model.get(number));
        }
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("LeaseTable has room for leases whose place an older one still has", () => {
  const table = new LeaseTable();
  for (let number = 1; number <= 3_000; number++) table.add(leaseOf(number));
  for (const number of [1, 1_025, 2_049]) {
    assert.equal(table.take(number)?.number, number);
    assert.equal(table.get(number), undefined);
    assert.equal(table.take(number), undefined);
  }
  assert.equal(table.get(1_026)?.number, 1_026);
});
