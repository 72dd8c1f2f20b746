import assert from "node:assert/strict";
import fc from "fast-check";
import { DuplicateIndex } from "../../examples/crew/analysis/duplicates.ts";
import {
  fingerprintFunctions,
  type FunctionPrint,
} from "../../examples/crew/analysis/fingerprints.ts";
import { measureFunctions } from "../../examples/crew/analysis/functions.ts";
import { parseSource } from "../../examples/crew/analysis/syntax.ts";

function printsOf(text: string): FunctionPrint[] {
  const { program, tokens } = parseSource(text, "a.ts");
  return fingerprintFunctions(measureFunctions(program), tokens);
}

const LONG = `function total(orders, rate) {
  let sum = 0;
  for (const order of orders) {
    if (order.cancelled) continue;
    const price = order.lines.reduce((all, line) => all + line.price, 0);
    if (price > 100 && order.customer !== undefined) sum += price * rate;
    else sum += price;
  }
  return Math.round(sum * 100) / 100;
}`;
const RENAMED = LONG.replaceAll("order", "bill").replaceAll("sum", "result")
  .replaceAll("100", "7").replace("{", "{ // a note\n");
const OTHER = `async function serve(socket) {
  const reader = socket.readable.getReader();
  while (true) {
    const { done, value } = await reader.read();
    if (done) break;
    switch (value.kind) {
      case "a": await socket.send(value.a); break;
      case "b": await socket.send([...value.b, 1]); break;
      default: throw new TypeError(\`\${value.kind} is not known\`);
    }
  }
  reader.releaseLock(); socket.close();
}`;

Deno.test("DuplicateIndex.pairs() finds a copy whose names were changed", () => {
  const index = new DuplicateIndex();
  index.add("a.ts", printsOf(LONG));
  index.add("b.ts", printsOf(OTHER));
  index.add("c.ts", printsOf(RENAMED));
  const pairs = index.pairs();
  assert.equal(pairs.length, 1);
  assert.equal(pairs[0]?.first.path, "a.ts");
  assert.equal(pairs[0]?.second.path, "c.ts");
  assert.equal(pairs[0]?.likeness, 1);
});

Deno.test("DuplicateIndex.pairs() does not call half a copy one", () => {
  const print = { name: "f", line: 1, lines: 20 };
  const hashes = Array.from({ length: 40 }, (_, at) => at);
  const alike = (from: number) => {
    const index = new DuplicateIndex();
    index.add("a.ts", [{ ...print, hashes: hashes.slice(0, 30) }]);
    index.add("b.ts", [{ ...print, hashes: hashes.slice(from, from + 30) }]);
    return index.pairs().map(({ likeness }) => likeness);
  };
  assert.deepEqual(alike(10), []);
  assert.deepEqual(alike(5), [25 / 35]);
});

Deno.test("DuplicateIndex.pairs() does not call a function a copy of what it holds", () => {
  const index = new DuplicateIndex();
  index.add("a.ts", printsOf(`function wrap() {\n return ${LONG}\n}`));
  assert.equal(index.size, 2);
  assert.deepEqual(index.pairs(), []);
});

Deno.test("DuplicateIndex.pairs() does not follow what forty functions share", () => {
  const index = new DuplicateIndex();
  for (let at = 0; at < 60; at++) index.add(`${at}.ts`, printsOf(LONG));
  assert.deepEqual(index.pairs(), []);
});

Deno.test("fingerprintFunctions() leaves small functions out", () => {
  assert.deepEqual(printsOf("function small(a) { return a + 1; }"), []);
});

Deno.test("fingerprintFunctions() does not depend on names, texts and numbers", () => {
  const name = fc.stringMatching(/^[a-z]{1,12}$/).map((text) => `x_${text}`);
  fc.assert(fc.property(name, fc.nat(), (word, number) => {
    const changed = LONG.replaceAll("orders", word)
      .replaceAll("100", String(number));
    assert.deepEqual(printsOf(changed)[0]?.hashes, printsOf(LONG)[0]?.hashes);
  }));
});
