import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { readEntries, readText, ROOT } from "./project.ts";

const HEAVY = /^(npm:\/(hono|@hono|zod|redis|@nats-io)\b|node:sqlite)/;

Deno.test("importing mod.ts loads no web framework, no validator and no store", async () => {
  const modules = await moduleGraph("mod.ts");
  assert.ok(modules.some((name) => name.endsWith("/bus/message_bus.ts")));
  assert.deepEqual(modules.filter((name) => HEAVY.test(name)), []);
});

Deno.test("what mod.ts must not load is found where it is loaded", async () => {
  const modules = await moduleGraph("inspector/mod.ts");
  const heavy = modules.filter((name) => HEAVY.test(name)).join();
  assert.match(heavy, /npm:\/hono@/);
  assert.match(heavy, /npm:\/@hono\/zod-openapi@/);
});

Deno.test("every published entry is documented, as deno doc --lint sees it", async () => {
  await deno("task", "doc-lint");
});

Deno.test("the task doc-lint leaves no published entry out", async () => {
  const { tasks } = JSON.parse(await readText("deno.json")) as {
    tasks: Record<string, string>;
  };
  for (const entry of Object.values(await readEntries())) {
    assert.ok(tasks["doc-lint"]?.split(" ").includes(entry), entry);
  }
});

Deno.test("the package can be published, as deno publish --dry-run sees it", async () => {
  await deno("publish", "--dry-run", "--allow-dirty");
});

/** Every module that Deno would load for an entry, by its address. */
async function moduleGraph(entry: string): Promise<string[]> {
  const graph = JSON.parse(await deno("info", "--json", entry)) as {
    modules: { specifier: string }[];
  };
  return graph.modules.map(({ specifier }) => specifier);
}

/** Runs a command of Deno in the project and gives its output; a failure shows what it said. */
async function deno(...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: fileURLToPath(ROOT),
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  assert.ok(
    success,
    `deno ${args.join(" ")} failed:\n${decoder.decode(stdout)}${
      decoder.decode(stderr)
    }`,
  );
  return decoder.decode(stdout);
}
