import assert from "node:assert/strict";
import { goalRows } from "./goals.ts";
import { keyOf, type Results, type Section } from "./results.ts";

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

Deno.test("goalRows() takes our durable bus for what is compared with files of others", () => {
  const rates = {
    "Busbar, durable": 90,
    "Redis streams, append-only file": 100,
    "JetStream, file": 30,
  };
  const rows = goalRows(resultsOf(rates, "durable"))
    .filter(({ measured }) => measured !== undefined);
  assert.deepEqual(rows.map(({ measured, reached }) => [measured, reached]), [
    [0.9, false],
    [3, true],
  ]);
});

/** Results of which only the rates of one section are known. */
function resultsOf(
  rates: Readonly<Record<string, number>>,
  section: Section = "one-way",
): Results {
  const figures = Object.entries(rates).map(([system, value]) => [
    keyOf(section, system),
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
