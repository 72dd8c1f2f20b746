import assert from "node:assert/strict";
import { readLcov } from "./lcov.ts";
import { judge, percent, WHOLE } from "./verdict.ts";

/** A report of one file, a line with each branch. */
function reportOf(file: string, counts: readonly (number | "-")[]): string {
  const branches = counts.map((count, index) =>
    `BRDA:${index + 1},0,0,${count}`
  );
  return [`SF:/project/${file}`, ...branches, "end_of_record", ""].join("\n");
}

Deno.test("readLcov() tells the lines of branches that were never taken", () => {
  const text = reportOf("core/a.ts", [3, 0, "-"]) + reportOf("core/b.ts", []);
  assert.deepEqual(readLcov(text, "/project/"), [
    { file: "core/a.ts", total: 3, missed: [2, 3] },
    { file: "core/b.ts", total: 0, missed: [] },
  ]);
});

Deno.test("readLcov() refuses what is no report", () => {
  assert.throws(() => readLcov("end_of_record", "/project"), TypeError);
  assert.throws(() => readLcov("SF:a\nBRDA:nonsense", "/project"), TypeError);
});

Deno.test("judge() asks for 95 of 100 branches of all rooms together", () => {
  const file = "core/a.ts";
  const of = (missed: number) =>
    judge([{ file, total: 100, missed: Array(missed).fill(7) }], [file]);
  assert.deepEqual(of(5).problems, []);
  assert.deepEqual(of(6).problems, ["94.00 % of all branches, not 95.00 %"]);
  assert.deepEqual(of(6).rooms.get("core"), { total: 100, taken: 94 });
});

Deno.test("judge() asks for every branch of the files that deliveries go through", () => {
  for (const whole of WHOLE) {
    const file = whole.endsWith("/") ? `${whole}new.ts` : whole;
    const { problems } = judge(
      [{ file, total: 1_000, missed: [9, 3, 9] }],
      [file],
    );
    assert.deepEqual(problems, [
      `${file}: never taken are branches of line 3, 9`,
    ]);
  }
});

Deno.test("judge() is not content with a report of nothing", () => {
  assert.deepEqual(judge([], ["core/a.ts"]).problems, [
    "no branch of any room was measured",
  ]);
});

Deno.test("percent() does not round up", () => {
  assert.equal(percent(0.949_999), "94.99 %");
  assert.equal(percent(1), "100.00 %");
});
