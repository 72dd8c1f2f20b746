import assert from "node:assert/strict";
import { goalRows } from "./goals.ts";
import { keyOf, type Results } from "./results.ts";

Deno.test("goalRows() compares with the other system of the same run", () => {
  const rows = goalRows(resultsOf({ Busbar: 170, "bare hub": 200, NATS: 170 }));
  assert.equal(rows[0]?.measured, 0.85);
  assert.equal(rows[0]?.reached, true);
  assert.equal(rows[1]?.measured, 1);
  assert.equal(rows[1]?.reached, false);
});

Deno.test("goalRows() does not call reached what was not measured", () => {
  for (const system of ["Busbar", "bare hub"]) {
    const [row] = goalRows(resultsOf({ [system]: 170 }));
    assert.equal(row?.measured, undefined);
    assert.equal(row?.reached, false);
  }
});

/** Results of which only one-way rates are known. */
function resultsOf(rates: Readonly<Record<string, number>>): Results {
  const figures = Object.entries(rates).map(([system, value]) => [
    keyOf("one-way", system),
    { perSecond: { median: value, min: value, max: value } },
  ]);
  return {
    machine: {
      busbar: "",
      deno: "",
      v8: "",
      system: "",
      processor: "",
      cores: 2,
      memoryGiB: 1,
      date: "",
    },
    command: "",
    rounds: 1,
    systems: [],
    localSystems: [],
    missing: [],
    figures: Object.fromEntries(figures),
  };
}
