import assert from "node:assert/strict";
import { commandsOf, problemOf, tasksIn, versionsIn } from "./commands.ts";
import { type Page, readPage, readPages, ROOT } from "./page.ts";

Deno.test("every command on a page runs a program, and files, that are there", async () => {
  const problems: string[] = [];
  let count = 0;
  for (const page of await readPages()) {
    for (const command of commandsOf(page)) {
      count++;
      const problem = await problemOf(command, page);
      if (problem) problems.push(`${page.path}: ${command}: ${problem}`);
    }
  }
  assert.deepEqual(problems, []);
  assert.ok(count > 10, `${count} commands`);
});

Deno.test("every task that a page, a lesson or the gate names is one of deno.json", async () => {
  const text = await Deno.readTextFile(new URL("deno.json", ROOT));
  const { tasks } = JSON.parse(text) as { tasks: Record<string, string> };
  const missing: string[] = [];
  for (const page of await pagesAndLessons()) {
    for (const name of tasksIn(page)) {
      if (!(name in tasks)) missing.push(`${page.path}: ${name}`);
    }
  }
  assert.deepEqual(missing, []);
});

Deno.test("every page asks npm for the version of Deno that the gate runs with", async () => {
  const versions = new Set<string>();
  for (const page of await pagesAndLessons()) {
    for (const version of versionsIn(page)) versions.add(version);
  }
  assert.equal(versions.size, 1, [...versions].join());
});

Deno.test("a command with a wrong file, program or task is found", async () => {
  const page = { path: "", text: "```ts\n// mine.ts\nawait 1;\n```\n" };
  const problem = (command: string) => problemOf(command, page);
  assert.equal(await problem("npx -y deno@1.0.0 run -A mine.ts"), undefined);
  assert.equal(await problem("SHARE=1 deno test -A mod.ts"), undefined);
  assert.equal(await problem("deno run none.ts"), "there is no none.ts");
  assert.equal(await problem("brew install it"), "brew may be missing");
  assert.equal(await problem("busbar new agent coder"), undefined);
  assert.equal(
    await problem("busbar dlq lost | jq ."),
    "busbar has no dlq lost",
  );
  assert.equal(await problem("busbar top | brew"), "brew may be missing");
  const text = "`npx -y deno@1.0.0 task one`, or `deno task\ntwo`";
  assert.deepEqual(tasksIn({ path: "", text }), ["one", "two"]);
});

async function pagesAndLessons(): Promise<Page[]> {
  const pages = [
    ...await readPages(),
    await readPage("CHANGES.md"),
    await readPage(".ci/run"),
  ];
  for await (const { name } of Deno.readDir(new URL("examples/", ROOT))) {
    if (name.endsWith(".ts")) pages.push(await readPage(`examples/${name}`));
  }
  return pages;
}
