import assert from "node:assert/strict";
import { readPages } from "./page.ts";
import { programsOf, type ShownProgram, writePrograms } from "./programs.ts";

/** What hangs must fail, and not the whole run. To check all types takes 10 seconds, on a busy machine far more. */
const PATIENCE_MS = 240_000;

Deno.test("every program on a page is well typed, and those that say so run as they stand", async (test) => {
  const programs = (await readPages()).flatMap(programsOf);
  assert.ok(programs.length > 10, `${programs.length} programs`);
  const folder = await writePrograms(programs);
  try {
    await test.step("they are well typed", () => check(folder, programs));
    for (const program of programs.filter(({ flags }) => flags)) {
      await test.step(`${program.place} runs`, () => run(folder, program));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a block of a page is read as its words say", () => {
  const text = [
    "```ts run --allow-env",
    "// first.ts",
    "one();",
    "```",
    "```output",
    "1",
    "```",
    "```ts continued",
    "two();",
    "```",
    "```json",
    "{}",
    "```",
    "",
  ].join("\n");
  const [first, second, ...others] = programsOf({ path: "docs/a.md", text });
  assert.deepEqual(first, {
    place: "docs/a.md:1",
    file: "docs_a_md/first.ts",
    code: "// first.ts\none();\n",
    flags: ["--allow-env"],
    prints: "1\n",
  });
  assert.deepEqual(second, {
    place: "docs/a.md:8",
    file: "docs_a_md/line_8.ts",
    code: "// first.ts\none();\ntwo();\n",
    flags: undefined,
    prints: undefined,
  });
  assert.deepEqual(others, []);
  const wrong = { path: "docs/a.md", text: "```ts sometimes\n```\n" };
  assert.throws(() => programsOf(wrong), /docs\/a\.md:1 .*"sometimes"/);
});

async function check(
  folder: string,
  programs: readonly ShownProgram[],
): Promise<void> {
  const { success, said } = await deno(folder, [
    "check",
    ...programs.map(({ file }) => file),
  ]);
  assert.ok(success, said);
}

async function run(
  folder: string,
  { place, file, flags = [], prints }: ShownProgram,
): Promise<void> {
  const args = ["run", "--no-prompt", "--quiet", ...flags, file];
  const { success, said } = await deno(folder, args);
  assert.ok(success, `${place} failed:\n${said}`);
  if (prints !== undefined) assert.equal(said, prints, place);
}

async function deno(
  cwd: string,
  args: string[],
): Promise<{ success: boolean; said: string }> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: { NO_COLOR: "1" },
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).output();
  // What is for a person to read may go to either.
  const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { success, said: said.join("") };
}
