import assert from "node:assert/strict";
import { measureFunctions } from "../../examples/crew/analysis/functions.ts";
import { NotParsed, parseSource } from "../../examples/crew/analysis/syntax.ts";

function measured(text: string, path = "a.ts") {
  return measureFunctions(parseSource(text, path).program);
}

Deno.test("measureFunctions() names functions by what they are called or bound to", () => {
  const names = measured(`
    function a() {}
    const b = () => 1;
    const o = { c() {}, d: function () {} };
    class K { e() {} #f() {} static "g h"() {} }
    [1].map((x) => x);
  `).map(({ name }) => name);
  assert.deepEqual(names, [
    "a",
    "b",
    "c",
    "d",
    "e",
    "#f",
    "g h",
    "(anonymous)",
  ]);
});

Deno.test("measureFunctions() counts one way through, and one more for each decision", () => {
  const complexity = (body: string) =>
    measured(`async function* f(a, b) { ${body} }`)[0]?.complexity;
  assert.equal(complexity(""), 1);
  assert.equal(complexity("if (a) b(); else if (b) a();"), 3);
  assert.equal(complexity("return a && b || (a ?? b) ? 1 : 2;"), 5);
  assert.equal(complexity("a ||= 1; a += 1;"), 2);
  assert.equal(complexity("for (;;) {} for (const k in a) {}"), 3);
  assert.equal(complexity("for await (const k of a) {} while (a) {}"), 3);
  assert.equal(complexity("do {} while (a); try {} catch { b(); }"), 3);
  assert.equal(
    complexity("switch (a) { case 1: case 2: break; default: }"),
    3,
  );
});

Deno.test("measureFunctions() leaves a nested function's decisions to itself", () => {
  const [outer, inner] = measured(
    "function outer(a) { if (a) return () => a ? 1 : a ? 2 : 3; }",
  );
  assert.equal(outer?.complexity, 2);
  assert.equal(inner?.complexity, 3);
});

Deno.test("measureFunctions() counts nesting, and else-if as one level", () => {
  const [chain, nest] = measured(`
    function chain(a) { if (a) {} else if (a) {} else if (a) {} }
    function nest(a) { for (;;) { if (a) { while (a) {} } } }
  `);
  assert.equal(chain?.depth, 1);
  assert.equal(nest?.depth, 3);
});

Deno.test("measureFunctions() counts lines and parameters, and skips overloads", () => {
  const functions = measured(
    "function f(a: 1): void;\nfunction f(a: 1, b?: 2, ...c: 3[]): void {\n\n}\n",
  );
  assert.equal(functions.length, 1);
  assert.equal(functions[0]?.line, 2);
  assert.equal(functions[0]?.lines, 3);
  assert.equal(functions[0]?.parameters, 3);
});

Deno.test("parseSource() understands each dialect by the path's ending", () => {
  parseSource("const a = <T,>(x: T): T => x; await using b = c;", "a.ts");
  parseSource("const a = <p>{b as number}</p>;", "a.tsx");
  parseSource("const a = <p>{b}</p>;", "a.js");
  parseSource("declare const a: number; export function f(): void;", "a.d.ts");
  parseSource("exports.a = 1; return;", "a.cjs");
  parseSource('import t from "./a.css" with { type: "text" };', "a.mts");
  parseSource("@d class A { @d b = 1 }", "a.ts");
});

Deno.test("parseSource() says where a text stops being a source text", () => {
  assert.throws(
    () => parseSource("const a = 1;\nfunction ( {", "x/a.ts"),
    (error) => {
      assert.ok(error instanceof NotParsed);
      assert.equal(error.line, 2);
      assert.match(error.message, /^Cannot parse x\/a\.ts:2 as .*Unexpected/);
      assert.doesNotMatch(error.message, /\(2:\d+\)|\n/);
      return true;
    },
  );
});

Deno.test("parseSource() leaves comments out of the tokens", () => {
  const { tokens } = parseSource("// one\nlet a /* two */ = 1;", "a.ts");
  const again = parseSource("let bcd = 22;", "a.ts").tokens;
  assert.deepEqual(
    tokens.map(({ text }) => text),
    again.map(({ text }) => text),
  );
});
