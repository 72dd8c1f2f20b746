import assert from "node:assert/strict";
import { readCommandLine } from "../../examples/crew/command_line.ts";
import { Ledger } from "../../examples/crew/ledger.ts";
import {
  leftOutText,
  placeText,
  reportHead,
  scoreTable,
} from "../../examples/crew/report_text.ts";
import type { Verdict } from "../../examples/crew/work.ts";

function verdict(path: string, score: number): Verdict {
  return {
    round: 1,
    path,
    grade: score > 8 ? "severe" : score > 0 ? "minor" : "clean",
    score,
    findings: 2,
    lines: 10,
    functions: 3,
    analyst: "analyst-1",
  };
}
const ORDER = { round: 1, folder: "/x/project", unreadable: [] };

Deno.test("Ledger.settled resolves once each planned file has a verdict or a letter", async () => {
  const ledger = new Ledger();
  let settled = false;
  const watching = ledger.settled.then(() => settled = true);
  ledger.verdict("a");
  ledger.plan(["a", "b", "c"]);
  ledger.verdict("c");
  await Promise.resolve();
  assert.equal(settled, false);
  assert.equal(ledger.done, 2);
  assert.deepEqual(ledger.open(), ["b"]);
  ledger.letter("b", "broken");
  await watching;
  assert.deepEqual(ledger.letters(), [{ path: "b", reason: "broken" }]);
  assert.deepEqual(ledger.problems(), []);
});

Deno.test("Ledger.problems() names what is missing, doubled or unplanned", () => {
  const ledger = new Ledger();
  ledger.plan(["a", "b"]);
  ledger.verdict("a");
  ledger.verdict("a");
  ledger.verdict("z");
  assert.deepEqual(ledger.problems(), [
    "b has no verdict",
    "a has 2 verdicts",
    "z has a verdict and was not planned",
  ]);
});

Deno.test("Ledger.verdict() tells a mended letter from a first verdict", () => {
  const ledger = new Ledger();
  ledger.plan(["a", "b"]);
  ledger.letter("b", "broken");
  assert.equal(ledger.verdict("a"), "verdict");
  assert.equal(ledger.verdict("b"), "mended");
  assert.deepEqual(ledger.letters(), []);
  assert.deepEqual(ledger.problems(), []);
});

Deno.test("reportHead() names the folder and adds the figures up", () => {
  const text = reportHead(ORDER, [verdict("a", 9), verdict("b", 0)]);
  assert.match(text, /^# What to mend first in project\n/);
  assert.match(text, /2 files, 6 functions, 20 lines, 4 findings/);
  assert.match(text, /Files to mend first: 1; later: 0; clean: 1\./);
});

Deno.test("placeText() gives file, line, reason and figures, and fences the lines", () => {
  const place = {
    path: "a.ts",
    line: 7,
    reason: "`f` has 20 ways through",
    weight: 12,
    commits: 3,
    excerpt: "a\n```\nb",
  };
  const text = placeText(1, place);
  assert.match(
    text,
    /^1\. `a\.ts:7`: `f` has .* \(weight 12\.0, 3 commits\)\n/,
  );
  assert.equal(text.match(/^ {3}````$/gm)?.length, 2);
});

Deno.test("scoreTable() names the ten highest scores, and no clean file", () => {
  const scores = Array.from({ length: 12 }, (_, at) => verdict(`${at}.ts`, at));
  const rows = scoreTable(scores).split("\n").filter((row) =>
    /^\| `/.test(row)
  );
  assert.equal(rows.length, 10);
  assert.match(rows[0] ?? "", /11\.ts` \| 11\.0 \| 2 \| 3 \| 10 \|/);
  assert.equal(scoreTable([verdict("a", 0)]), "");
});

Deno.test("leftOutText() says what the report does not speak of", () => {
  const order = { ...ORDER, unreadable: [{ path: "b.ts", reason: "no" }] };
  const plan = { ...ORDER, paths: [], leftOut: { binary: 3 } };
  assert.match(leftOutText(order, plan), /`b\.ts`: no[\s\S]*binary: 3/);
  assert.equal(leftOutText(ORDER, undefined), "");
});

Deno.test("readCommandLine() reads a leading -- as the task runner's", () => {
  const line = readCommandLine(["--", "--once", "src", "--report", "r.md"]);
  assert.equal(line.once, true);
  assert.equal(line.folder, "src");
  assert.equal(line.report, "r.md");
  assert.equal(line.port, 0);
  assert.equal(readCommandLine([]).port, 4400);
});

Deno.test("readCommandLine() refuses what it does not know", () => {
  assert.throws(() => readCommandLine(["--twice"]), TypeError);
  assert.throws(() => readCommandLine(["a", "b"]), TypeError);
  assert.throws(() => readCommandLine(["--port", "x"]), RangeError);
  assert.throws(() => readCommandLine(["--port", "65536"]), RangeError);
});
