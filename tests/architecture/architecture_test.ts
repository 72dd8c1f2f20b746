import assert from "node:assert/strict";
import { findViolations, type House } from "./check.ts";
import { readEntries, readProject, readSizes } from "./project.ts";
import { recordSizes } from "./sizes.ts";
import { describe } from "./violation.ts";

const HOUSE: House = {
  entries: { ".": "mod.ts", "./inspector": "inspector/mod.ts" },
  sizes: { longestFunctionByRoom: {}, exceptions: [] },
};

/** The places that the checks report for one file, as `rule:line`. */
function places(path: string, text: string, house: House = HOUSE): string[] {
  return findViolations([{ path, text }], house)
    .map(({ rule, file, line }) => {
      assert.equal(file, path);
      return `${rule}:${line}`;
    });
}

Deno.test("the project keeps to the rules of the house", async () => {
  const files = await readProject();
  assert.ok(files.some(({ path }) => path === "core/clock.ts"));
  const violations = findViolations(files, {
    entries: await readEntries(),
    sizes: await readSizes(),
  });
  assert.deepEqual(violations.map(describe), []);
});

Deno.test("findViolations() names the file, the line and the rule of an upward import", () => {
  const [violation] = findViolations([{
    path: "core/message.ts",
    text:
      `// Text before it.\nimport { MessageBus } from "../bus/message_bus.ts";\n`,
  }], HOUSE);
  assert.ok(violation);
  assert.equal(
    describe(violation),
    "core/message.ts:2 [layers] core may not import bus/message_bus.ts: it imports nothing of the project",
  );
});

Deno.test("findViolations() reports every kind of import that points up or sideways", () => {
  const text = [
    `import type { A } from "../bus/a.ts";`,
    `export * from "../bus/b.ts";`,
    `export { c } from "../transports/c.ts";`,
    `const d = await import("../inspector/mod.ts");`,
    `type E = import("../storage/e.ts").E;`,
    `import { f } from "@busbar/busbar";`,
    `import { g } from "../core/g.ts";`,
    `import { h } from "./h.ts";`,
  ].join("\n");
  assert.deepEqual(
    places("router/table.ts", text),
    [1, 2, 3, 4, 5, 6].map((line) => `layers:${line}`),
  );
});

Deno.test("findViolations() lets a room through the doors of others, and no further", () => {
  const door = `import { Transport } from "../transports/transport.ts";\n`;
  const beyond = `import { unix } from "../transports/unix.ts";\n`;
  assert.deepEqual(places("bus/session.ts", door), []);
  assert.deepEqual(places("bus/session.ts", beyond), ["layers:1"]);
  assert.deepEqual(places("dlq/queue.ts", door), ["layers:1"]);
  const store = `import type { Store } from "../storage/store.ts";\n`;
  assert.deepEqual(places("dlq/queue.ts", store), []);
  assert.deepEqual(places("testing/suite.ts", door + store), []);
});

Deno.test("findViolations() holds programs to what is published", () => {
  const published = `import { a } from "../mod.ts";\n` +
    `import { b } from "../inspector/mod.ts";\n` +
    `import { c } from "@busbar/busbar/inspector";\n`;
  const inside = `import { d } from "../bus/message_bus.ts";\n` +
    `import { e } from "@busbar/busbar/bus";\n`;
  assert.deepEqual(places("examples/01_hello.ts", published), []);
  assert.deepEqual(places("examples/02_topics.ts", inside), [
    "layers:1",
    "layers:2",
  ]);
  assert.deepEqual(places("cli/main.ts", inside), ["layers:1", "layers:2"]);
});

Deno.test("findViolations() reports a room that has no rule", () => {
  assert.deepEqual(places("utils/strings.ts", "export {};\n"), ["layers:1"]);
  assert.deepEqual(places("server.ts", "export {};\n"), ["layers:1"]);
});

Deno.test("findViolations() keeps packages and the platform in the rooms that need them", () => {
  assert.deepEqual(places("bus/a.ts", `import { z } from "zod";\n`), [
    "packages:1",
  ]);
  assert.deepEqual(places("inspector/a.ts", `import { z } from "zod";\n`), []);
  assert.deepEqual(places("inspector/a.ts", `import x from "hono/jsx";\n`), []);
  assert.deepEqual(places("bus/a.ts", `import "node:sqlite";\n`), [
    "packages:1",
  ]);
  assert.deepEqual(places("storage/a.ts", `import "node:sqlite";\n`), []);
  assert.deepEqual(places("bus/a.ts", `Deno.cwd();\n`), ["ambient:1"]);
  assert.deepEqual(places("transports/a.ts", `Deno.cwd();\n`), []);
});

Deno.test("findViolations() reports time, chance, deferred work and output outside their home", () => {
  const text = [
    `const a = Date.now();`,
    `const b = new Date();`,
    `const c = performance.now();`,
    `setTimeout(() => {}, 1);`,
    `globalThis.setInterval(() => {}, 1);`,
    `AbortSignal.timeout(5);`,
    `Math.random();`,
    `crypto.randomUUID();`,
    `crypto.getRandomValues(new Uint8Array(1));`,
    `queueMicrotask(() => {});`,
    `setImmediate(() => {});`,
    `process.nextTick(() => {});`,
    `console.log("a");`,
    `const { now } = Date;`,
    `const { log: print } = globalThis.console;`,
    `const later = setTimeout;`,
    `Date["now"]();`,
  ].join("\n");
  const lines = Array.from(
    { length: 17 },
    (_, index) => `ambient:${index + 1}`,
  );
  assert.deepEqual(places("bus/mailbox.ts", text), lines);
  assert.deepEqual(places("testing/recorder.ts", text), lines);
  assert.deepEqual(places("inspector/routes/stats.ts", text), lines);
});

Deno.test("findViolations() reports modules that hand out time and chance", () => {
  const text = [
    `import { setTimeout } from "node:timers/promises";`,
    `import { randomBytes as bytes } from "node:crypto";`,
    `import { performance } from "node:perf_hooks";`,
    `import { createHash } from "node:crypto";`,
  ].join("\n");
  const found = new Set(places("storage/sqlite_store.ts", text));
  assert.deepEqual([...found], ["ambient:1", "ambient:2", "ambient:3"]);
});

Deno.test("findViolations() is not fooled by strings, comments, types and members", () => {
  const text = [
    `// Date.now() and console.log() are for others.`,
    `const text = "setTimeout(() => Math.random())";`,
    `type Timer = ReturnType<typeof setTimeout>;`,
    `interface Clock { setTimeout(): void; performance: number }`,
    `clock.setTimeout(); this.clock.console();`,
    `const at = new Date(0), port = { queueMicrotask: 1, setImmediate() {} };`,
    `const imported = 'import "../bus/a.ts"';`,
  ].join("\n");
  assert.deepEqual(places("core/a.ts", text), []);
});

Deno.test("findViolations() leaves the one home, programs and the exempted in peace", () => {
  const clock = `Date.now(); setTimeout(() => {}, 1);\n`;
  const print = `console.log("http://127.0.0.1");\n`;
  assert.deepEqual(places("core/clock.ts", clock), []);
  assert.deepEqual(places("examples/01_hello.ts", clock + print), []);
  assert.deepEqual(places("tests/unit/a_test.ts", clock + print), []);
  assert.deepEqual(places("inspector/page/live.js", clock + print), []);
  assert.deepEqual(places("inspector/server.ts", print), []);
  assert.deepEqual(places("inspector/app.ts", print), ["ambient:1"]);
  assert.deepEqual(places("core/clock.ts", print), ["ambient:1"]);
});

Deno.test("findViolations() reports a RegExp made at run time, and takes a literal", () => {
  const text = `new RegExp(pattern);\nRegExp(pattern);\n/a+/.test(pattern);\n`;
  assert.deepEqual(places("router/a.ts", text), ["regexp:1", "regexp:2"]);
});

Deno.test("findViolations() reports a file that cannot be parsed", () => {
  assert.deepEqual(places("core/a.ts", "class {"), ["syntax:1"]);
});

Deno.test("findViolations() reports files that import each other, types aside", () => {
  const files = [
    { path: "bus/a.ts", text: `import { b } from "./b.ts";\n` },
    { path: "bus/b.ts", text: `\nexport { c } from "./c.ts";\n` },
    { path: "bus/c.ts", text: `import { type A, a } from "./a.ts";\n` },
    { path: "bus/d.ts", text: `import type { E } from "./e.ts";\n` },
    {
      path: "bus/e.ts",
      text: `import { type D } from "./d.ts";\nimport "./a.ts";\n`,
    },
  ];
  assert.deepEqual(findViolations(files, HOUSE).map(describe), [
    "bus/c.ts:1 [cycle] these files need each other to be loaded first: " +
    "bus/a.ts → bus/b.ts → bus/c.ts → bus/a.ts",
  ]);
});

Deno.test("findViolations() reports logic at the root", () => {
  const text = `export { a } from "./bus/a.ts";\n` +
    `export * from "./core/b.ts";\n` +
    `export const c = 1;\n`;
  assert.deepEqual(places("mod.ts", text), ["layers:3"]);
  assert.deepEqual(places("connect.ts", "\nlet a = 1;"), ["layers:2"]);
});

/** A class with one method of the given number of lines. */
function method(lines: number): string {
  return `class A {\n  run() {\n${"\n".repeat(lines - 2)}  }\n}\n`;
}

Deno.test("findViolations() reports functions over 70 lines, unless a reason is recorded", () => {
  assert.deepEqual(places("bus/a.ts", method(70)), []);
  assert.deepEqual(places("bus/a.ts", method(71)), ["size:2"]);
  const exception = {
    file: "bus/a.ts",
    name: "A.run",
    lines: 71,
    reason: "one loop, alone in its file",
  };
  const sizes = { longestFunctionByRoom: {}, exceptions: [exception] };
  assert.deepEqual(places("bus/a.ts", method(71), { ...HOUSE, sizes }), []);
  assert.deepEqual(places("bus/a.ts", method(72), { ...HOUSE, sizes }), [
    "size:2",
  ]);
});

Deno.test("findViolations() reports files over 400 lines, unless a reason is recorded", () => {
  assert.deepEqual(places("bus/a.ts", "\n".repeat(400)), []);
  assert.deepEqual(places("bus/a.ts", "\n".repeat(401)), ["size:1"]);
  const exception = { file: "bus/a.ts", lines: 450, reason: "a table" };
  const sizes = { longestFunctionByRoom: {}, exceptions: [exception] };
  assert.deepEqual(
    places("bus/a.ts", "\n".repeat(450), { ...HOUSE, sizes }),
    [],
  );
});

Deno.test("findViolations() holds a room to its longest function so far", () => {
  const sizes = { longestFunctionByRoom: { bus: 30 }, exceptions: [] };
  assert.deepEqual(places("bus/a.ts", method(30), { ...HOUSE, sizes }), []);
  assert.deepEqual(places("bus/a.ts", method(31), { ...HOUSE, sizes }), [
    "size:2",
  ]);
  assert.deepEqual(places("dlq/a.ts", method(31), { ...HOUSE, sizes }), []);
});

Deno.test("recordSizes() records the longest function of each room, exceptions aside", () => {
  const exceptions = [{ file: "bus/b.ts", name: "b", lines: 90, reason: "…" }];
  const functions = [
    { file: "bus/a.ts", name: "a", line: 1, lines: 12 },
    { file: "bus/b.ts", name: "b", line: 1, lines: 90 },
    { file: "core/c.ts", name: "c", line: 1, lines: 7 },
  ];
  assert.deepEqual(
    recordSizes(functions, { longestFunctionByRoom: { bus: 30 }, exceptions }),
    { longestFunctionByRoom: { bus: 12, core: 7 }, exceptions },
  );
});
