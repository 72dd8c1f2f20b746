import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ROOT } from "./project.ts";

/** What `deno info --json` says of a module. */
interface ModuleInfo {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier: string };
    readonly isDynamic?: boolean;
  }[];
}

Deno.test("a program that imports the bus and a transport starts without Node's modules and npm's", async () => {
  // The first of either costs a process 10 to 20 ms and 5 to 10 MiB.
  for (const entry of ["mod.ts", "transports/unix.ts"]) {
    assert.deepEqual(await foreignModulesOf(entry), [], entry);
  }
});

Deno.test("a program that serves the inspector starts with Hono alone, until somebody looks", async () => {
  const foreign = await foreignModulesOf("inspector/mod.ts");
  assert.equal(foreign.length, 1, foreign.join());
  assert.match(foreign[0] ?? "", /^npm:\/?hono@/);
});

/** Modules from elsewhere that are loaded with an entry, types and what is loaded later aside. */
async function foreignModulesOf(entry: string): Promise<string[]> {
  const modules = new Map<string, ModuleInfo>();
  for (const module of await modulesOf(entry)) {
    modules.set(module.specifier, module);
  }
  const loaded = new Set([new URL(entry, ROOT).href]);
  for (const specifier of loaded) {
    const { dependencies = [] } = modules.get(specifier) ?? {};
    for (const { code, isDynamic = false } of dependencies) {
      if (code && !isDynamic) loaded.add(code.specifier);
    }
  }
  return [...loaded].filter((specifier) => !specifier.startsWith("file:"));
}

async function modulesOf(entry: string): Promise<readonly ModuleInfo[]> {
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entry],
    cwd: fileURLToPath(ROOT),
  }).output();
  assert.ok(success);
  return JSON.parse(new TextDecoder().decode(stdout)).modules;
}
