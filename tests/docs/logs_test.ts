import assert from "node:assert/strict";
import { readProject } from "../architecture/project.ts";
import {
  child,
  children,
  nameOf,
  parseSource,
  type SourceFile,
  type SyntaxNode,
  visitAll,
} from "../architecture/syntax.ts";
import { blocksOf, readPage } from "./page.ts";
import { programsOf, writePrograms } from "./programs.ts";
import { namesIn, rowsBelow } from "./tables.ts";

/** A line that the library may write. */
interface LogLine {
  readonly category: string;
  readonly level: string;
  readonly text: string;
  /** The names that its properties have, in order of the alphabet. */
  readonly properties: readonly string[];
}

/** As LogTape calls what the library's logs do. */
const LEVELS: Readonly<Record<string, string>> = {
  warn: "warning",
  error: "error",
};
const PAGE = await readPage("docs/guides/logs.md");

Deno.test("docs/guides/logs.md gives every line that the library writes, with its category and level", async () => {
  const written = rowsBelow(PAGE, "## What goes wrong")
    .map(([category, level, text]) =>
      [...namesIn(category), level, ...namesIn(text)].join(" | ")
    );
  const real = (await readProject()).flatMap(linesOf)
    .map(({ category, level, text }) => [category, level, text].join(" | "));
  assert.ok(real.length > 5, `${real.length} lines`);
  assert.deepEqual(written.sort(), real.sort());
});

Deno.test("every value in a line of the log is a property of its own, and none is left out of its text", async () => {
  for (const file of await readProject()) {
    const lines = linesOf(file);
    const logs = mayLog(file) && file.path !== "telemetry/telemetry.ts";
    assert.equal(
      lines.length > 0,
      logs,
      `${file.path} has a log, and no lines`,
    );
    for (const { text, properties } of lines) {
      const named = [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      assert.deepEqual(named.sort(), properties, `${file.path}: ${text}`);
    }
  }
});

Deno.test("the lines of a file are read off its calls", () => {
  const text = `const log = logOf("bus");\n` +
    `log.warn("{a} of {b}", { a, b: c() });\nother.warn("no");\n`;
  assert.deepEqual(linesOf({ path: "bus/a.ts", text }), [{
    category: "busbar/bus",
    level: "warning",
    text: "{a} of {b}",
    properties: ["a", "b"],
  }]);
});

Deno.test("docs/guides/logs.md shows the line of JSON that its program prints", async () => {
  const shown = blocksOf(PAGE).find(({ language }) => language === "json");
  const program = programsOf(PAGE).find(({ code }) =>
    code.includes("jsonLinesFormatter")
  );
  assert.ok(shown && program);
  const folder = await writePrograms([program]);
  try {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--quiet", program.file],
      cwd: folder,
    }).output();
    const said = [stdout, stderr]
      .map((bytes) => new TextDecoder().decode(bytes)).join("").trim();
    assert.deepEqual(withoutChance(said), withoutChance(shown.code));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** A line of JSON, with what differs from run to run replaced. */
function withoutChance(json: string): unknown {
  return JSON.parse(
    json.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "then")
      .replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}|0195…/g, "an id"),
  );
}

/** The lines that a file of the library may write to its room's log. */
function linesOf(file: SourceFile): LogLine[] {
  if (!file.text.includes("logOf(") || file.path.startsWith("tests/")) {
    return [];
  }
  const program = parseSource(file);
  const lines: LogLine[] = [];
  let room = "";
  visitAll(program, (node) => {
    if (node.type !== "CallExpression") return;
    const callee = child(node, "callee");
    const [first, second] = children(node, "arguments");
    if (nameOf(callee) === "logOf") room = nameOf(first) ?? "";
    const level = LEVELS[nameOf(child(callee, "property")) ?? ""];
    if (nameOf(child(callee, "object")) !== "log" || !level) return;
    const category = `busbar/${room}`;
    const text = nameOf(first) ?? "(computed)";
    lines.push({ category, level, text, properties: keysOf(second) });
  });
  return lines;
}

function mayLog({ path, text }: SourceFile): boolean {
  return text.includes("logOf(") && !path.startsWith("tests/");
}

function keysOf(object: SyntaxNode | undefined): string[] {
  const properties = object ? children(object, "properties") : [];
  return properties.map((one) => nameOf(child(one, "key")) ?? "…").sort();
}
