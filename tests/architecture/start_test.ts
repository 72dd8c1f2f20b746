import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { MessageBus } from "../../mod.ts";
import { unixTransport } from "../../transports/unix.ts";
import { SocketDirectory } from "../support/socket_directory.ts";
import { ROOT } from "./project.ts";

const TRIES = 10;
const SENDER = fileURLToPath(new URL("programs/sender.ts", import.meta.url));

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
  for (const entry of ["mod.ts", "connect.ts", "transports/unix.ts"]) {
    assert.deepEqual(foreignOf(await loadedWith(entry)), [], entry);
  }
});

Deno.test("a program that serves the inspector starts with Hono alone, until somebody looks", async () => {
  const foreign = foreignOf(await loadedWith("inspector/mod.ts"));
  assert.equal(foreign.length, 1, foreign.join());
  assert.match(foreign[0] ?? "", /^npm:\/?hono@/);
});

Deno.test("a program that only connects starts without what makes a bus", async () => {
  const [whole, part] = [
    await loadedWith("mod.ts"),
    await loadedWith("connect.ts"),
  ];
  const engine = new URL("bus/engine.ts", ROOT).href;
  assert.deepEqual([whole.includes(engine), part.includes(engine)], [
    true,
    false,
  ]);
  assert.ok(
    part.length < 0.5 * whole.length,
    `${part.length} of ${whole.length}`,
  );
});

Deno.test("a command that asks or sends starts without what makes a bus, and what reads YAML", async () => {
  const engine = new URL("bus/engine.ts", ROOT).href;
  for (const name of ["program", "commands/stats", "commands/send"]) {
    const loaded = await loadedWith(`cli/${name}.ts`);
    assert.ok(!loaded.includes(engine), name);
    assert.ok(!loaded.some((one) => one.startsWith("npm:/yaml")), name);
  }
  const serving = await loadedWith("cli/serving/served_bus.ts");
  assert.ok(serving.includes(engine));
});

Deno.test("a program that only connects sends without the machine's timers, until it registers a handler", async () => {
  await using bus = new MessageBus();
  await using directory = await SocketDirectory.create();
  const path = directory.file("bus.sock");
  await bus.listen(unixTransport(path));
  bus.agent("keeper").receive(() => {});
  const seen: string[] = [];
  const expected = "sent, the timers are loaded, registered";
  // A busy machine may take longer than the program does without them.
  while (seen.length < TRIES && seen.at(-1) !== expected) {
    seen.push((await linesOf(SENDER, path)).join(", "));
  }
  assert.equal(seen.at(-1), expected);
});

/** What a program prints that ends well. */
async function linesOf(program: string, ...args: string[]): Promise<string[]> {
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", program, ...args],
  }).output();
  assert.ok(success);
  return new TextDecoder().decode(stdout).trim().split("\n");
}

function foreignOf(modules: readonly string[]): string[] {
  return modules.filter((specifier) => !specifier.startsWith("file:"));
}

/** Modules that are loaded with an entry, types and what is loaded later aside. */
async function loadedWith(entry: string): Promise<string[]> {
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
  return [...loaded];
}

async function modulesOf(entry: string): Promise<readonly ModuleInfo[]> {
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entry],
    cwd: fileURLToPath(ROOT),
  }).output();
  assert.ok(success);
  return JSON.parse(new TextDecoder().decode(stdout)).modules;
}
