import assert from "node:assert/strict";
import type { Command } from "commander";
import { parse } from "yaml";
import { CLI_LIMITS } from "../../cli/cli_limits.ts";
import { parseConfig } from "../../cli/config/config_file.ts";
import { ServeSchema } from "../../cli/config/serve_schema.ts";
import { EXIT } from "../../cli/exit_code.ts";
import { makeProgram } from "../../cli/program.ts";
import { TestTerminal } from "./support/test_terminal.ts";

const PAGE = await Deno.readTextFile(
  new URL("../../docs/reference/command_line.md", import.meta.url),
);
const GUIDE = await Deno.readTextFile(
  new URL("../../docs/guides/command_line.md", import.meta.url),
);

/** The first cells of the rows of tables, and the second. */
const ROWS = PAGE.split("\n").filter((line) => line.startsWith("| "))
  .map((line) => line.split("|").map((cell) => cell.trim().replaceAll("`", "")))
  .map(([, first = "", second = ""]) => [first, second] as const);

/** Every command that does something, in full. */
function commandsOf(command: Command, before: string): string[] {
  const name = `${before}${command.name()}`;
  const inner = command.commands.filter((one) => one.name() !== "help");
  if (inner.length === 0) return [name];
  return inner.flatMap((one) => commandsOf(one, `${name} `));
}

const PROGRAM = await makeProgram(new TestTerminal().terminal);

Deno.test("docs/reference/command_line.md lists every command, and no other", () => {
  const written = ROWS.map(([name]) => name)
    .filter((name) => name.startsWith("busbar "));
  assert.deepEqual(written.toSorted(), commandsOf(PROGRAM, "").toSorted());
});

Deno.test("docs/reference/command_line.md gives every status and every limit with its value", () => {
  const statuses = ROWS.map(([status]) => status)
    .filter((status) => /^\d$/.test(status)).map(Number);
  assert.deepEqual(statuses, Object.values(EXIT));
  for (const [name, value] of Object.entries(CLI_LIMITS)) {
    const row = ROWS.find(([first]) => first === name);
    assert.equal(row?.[1], value.toLocaleString("en"), name);
  }
});

Deno.test("the settings in docs/reference/command_line.md are well-formed, and all there are", () => {
  const [, text = ""] = /^```yaml\n(.*?)^```$/ms.exec(PAGE) ?? [];
  const { value } = parseConfig(text, "the page", ServeSchema);
  assert.equal(value.limits?.connections?.heartbeatMs, 15_000);
  const shown = new Set(keysOf(parse(text)));
  const known = namesIn(ServeSchema.def.shape);
  assert.ok(known.includes("handshakeTimeoutMs"));
  const missing = known.filter((name) => !shown.has(name));
  // A match has four parts, of which a rule rarely needs all; an action has the part that its kind has.
  const left = ["recipient", "reason"];
  assert.deepEqual(missing.filter((name) => !left.includes(name)), []);
});

Deno.test("every command has a description, and every one of the first level an example", () => {
  for (const command of PROGRAM.commands) {
    if (["help", "complete"].includes(command.name())) continue;
    assert.notEqual(command.description(), "", command.name());
    const { text } = helpOf(command);
    const hasExample = text.includes("Examples:") ||
      command.commands.some((one) => helpOf(one).text.includes("Examples:"));
    assert.ok(hasExample, `${command.name()} shows no example`);
  }
});

Deno.test("a command line has the command that it names, and no other", async () => {
  const { terminal } = new TestTerminal();
  const ofItself = ["help", "complete"];
  for (const command of PROGRAM.commands) {
    const name = command.name();
    if (ofItself.includes(name)) continue;
    const { commands } = await makeProgram(terminal, name);
    assert.deepEqual(commands.map((one) => one.name()), [name]);
  }
  assert.deepEqual((await makeProgram(terminal, "--version")).commands, []);
  const unknown = await makeProgram(terminal, "stat");
  assert.equal(unknown.commands.length, PROGRAM.commands.length);
});

Deno.test("every busbar command in the guide is one that there is", () => {
  const known = commandsOf(PROGRAM, "").map((name) => name.slice(7));
  const used = [...GUIDE.matchAll(/\bbusbar ((?:dlq|rules|new) \w+|[a-z]+)/g)]
    .map(([, name = ""]) => name);
  assert.ok(used.length > 15);
  for (const name of used) assert.ok(known.includes(name), name);
});

/** What `--help` prints. */
function helpOf(command: Command): { text: string } {
  let text = "";
  command.configureOutput({ writeOut: (piece) => text += piece });
  command.outputHelp();
  return { text };
}

function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    key,
    ...keysOf(inner),
  ]);
}

/** The names of every field in a schema, however deep. */
function namesIn(shape: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(shape).flatMap(([name, schema]) => [
    name,
    ...namesInSchema(schema),
  ]);
}

function namesInSchema(schema: unknown): string[] {
  const { def } = schema as {
    def: {
      shape?: Record<string, unknown>;
      innerType?: unknown;
      element?: unknown;
      options?: unknown[];
    };
  };
  return [
    ...(def.shape ? namesIn(def.shape) : []),
    ...(def.innerType ? namesInSchema(def.innerType) : []),
    ...(def.element ? namesInSchema(def.element) : []),
    ...(def.options ?? []).flatMap(namesInSchema),
  ];
}
