import assert from "node:assert/strict";
import {
  analyseSource,
  analyseText,
} from "../../examples/crew/analysis/analyse.ts";
import { THRESHOLDS } from "../../examples/crew/analysis/findings.ts";
import { parseSource } from "../../examples/crew/analysis/syntax.ts";
import {
  countCommits,
  readDoc,
  readLint,
} from "../../examples/crew/analysis/tool_output.ts";
import {
  gradeOf,
  scoreOf,
  weigh,
  weighDuplicate,
} from "../../examples/crew/analysis/weighing.ts";

const NOTHING = { lint: [], undocumented: [] };

function analysed(text: string, tools = NOTHING) {
  return analyseSource(text, parseSource(text, "a.ts"), tools);
}

Deno.test("analyseSource() finds nothing in a small clean text", () => {
  const figures = analysed("export function f(a: number) {\n  return a;\n}\n");
  assert.deepEqual(figures.findings, []);
  assert.equal(figures.lines, 3);
  assert.equal(figures.functions.length, 1);
});

Deno.test("analyseSource() reports a figure over its limit with line, name and figure", () => {
  const branches = "if (a) a();\n".repeat(THRESHOLDS.complexity * 2 - 1);
  const { findings } = analysed(`\nfunction busy(a) {\n${branches}}\n`);
  assert.deepEqual(findings, [{
    kind: "complex",
    line: 2,
    text: "`busy` has 20 ways through; the limit is 10",
    severity: 2,
  }]);
});

Deno.test("analyseSource() keeps a figure at its limit out of the findings", () => {
  const branches = "if (a) a();\n".repeat(THRESHOLDS.complexity - 1);
  assert.deepEqual(analysed(`function f(a) {\n${branches}}`).findings, []);
});

Deno.test("analyseSource() reports long functions, deep ones and many parameters", () => {
  const lines = "a();\n".repeat(THRESHOLDS.functionLines);
  const { findings } = analysed(
    `function f(a, b, c, d, e) {\n${lines}for(;;){for(;;){for(;;){for(;;){if(a){}}}}}}`,
  );
  assert.deepEqual(findings.map(({ kind }) => kind), [
    "long_function",
    "deep",
    "many_parameters",
  ]);
});

Deno.test("analyseSource() takes over what the tools said", () => {
  const { findings } = analyseSource("", parseSource("", "a.ts"), {
    lint: [{ line: 3, code: "no-var", message: "`var` is not allowed" }],
    undocumented: ["a", "b", "c", "d", "e"].map((name) => ({ name, line: 9 })),
  });
  assert.deepEqual(findings.map(({ line, text }) => [line, text]), [
    [3, "no-var: `var` is not allowed"],
    [9, "5 exports without a doc comment: `a`, `b`, `c`, `d` and 1 more"],
  ]);
});

Deno.test("analyseText() reports many lines and long lines", () => {
  const short = "x".repeat(THRESHOLDS.textLineChars);
  const text = `${short}\n${"y\n".repeat(399)}${short}x`;
  const { findings, lines } = analyseText(text);
  assert.equal(lines, 401);
  assert.deepEqual(findings.map(({ kind, line }) => [kind, line]), [
    ["long_file", 1],
    ["long_lines", 401],
  ]);
});

Deno.test("readLint() reads diagnostics, and nothing from another shape", () => {
  const diagnostic = {
    filename: "file:///a.ts",
    range: { start: { line: 7, col: 1 } },
    message: "no",
    code: "no-var",
  };
  const output = JSON.stringify({ version: 1, diagnostics: [diagnostic, 3] });
  assert.deepEqual(readLint(output), [
    { line: 7, code: "no-var", message: "no" },
  ]);
  for (const other of ["", "{", "null", "[]", '{"diagnostics":{}}']) {
    assert.deepEqual(readLint(other), []);
  }
});

Deno.test("readDoc() names exports without a doc comment", () => {
  const symbol = (name: string, fields: object) => ({
    name,
    declarations: [{
      declarationKind: "export",
      kind: "function",
      location: { line: 4 },
      ...fields,
    }],
  });
  const output = JSON.stringify({
    version: 2,
    nodes: {
      "file:///a.ts": {
        symbols: [
          symbol("bare", {}),
          symbol("told", { jsDoc: { doc: "Says." } }),
          symbol("passed", { kind: "reference" }),
          symbol("own", { declarationKind: "private" }),
        ],
      },
    },
  });
  assert.deepEqual(readDoc(output), [{ name: "bare", line: 4 }]);
  for (const other of ["", "{}", '{"nodes":null}', '{"nodes":{"a":1}}']) {
    assert.deepEqual(readDoc(other), []);
  }
});

Deno.test("countCommits() counts each path once for each commit", () => {
  const commits = countCommits("a.ts\0b c.ts\0\na.ts\0\n\0");
  assert.deepEqual([...commits], [["a.ts", 2], ["b c.ts", 1]]);
});

Deno.test("weigh() counts more what is further over the limit and changes more often", () => {
  const finding = { kind: "complex", line: 1, text: "", severity: 1 } as const;
  assert.equal(weigh(finding, 0), 4);
  assert.equal(weigh({ ...finding, severity: 2 }, 0), 8);
  assert.equal(weigh(finding, 16), 8);
});

Deno.test("weighDuplicate() counts by the lines that are there twice", () => {
  const place = { path: "a.ts", name: "a", line: 1, lines: 24 };
  const pair = { first: place, second: { ...place, lines: 12 }, likeness: 1 };
  assert.equal(weighDuplicate(pair, 0), 2);
});

Deno.test("gradeOf() tells clean, minor and severe apart", () => {
  assert.equal(gradeOf(scoreOf([], 9)), "clean");
  assert.equal(gradeOf(0.1), "minor");
  assert.equal(gradeOf(8), "severe");
});
