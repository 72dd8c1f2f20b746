import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type Message, MessageBus } from "../../mod.ts";
import { unixTransport } from "../../transports/unix.ts";
import { SocketDirectory } from "../support/socket_directory.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PROGRAM = fileURLToPath(new URL("./reporter.ts", import.meta.url));
const STORED = fileURLToPath(new URL("./stored_bus.ts", import.meta.url));

/** What it prints. */
async function deno(...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
  }).output();
  const decoder = new TextDecoder();
  assert.ok(success, decoder.decode(stderr));
  return decoder.decode(stdout);
}

Deno.test("a program that connects can be bundled, and begins with nothing that it does not use", async () => {
  await using directory = await SocketDirectory.create();
  const folder = directory.file("dist");
  await deno("bundle", "-q", "--code-splitting", "--outdir", folder, PROGRAM);
  const program = `${folder}/reporter.js`;
  const text = await Deno.readTextFile(program);
  const imported = [...text.matchAll(/^import (?:.* from )?"(.*)";$/gm)];
  const outside = imported.filter(([, from = ""]) => !from.startsWith("./"));
  assert.deepEqual(outside.map(([line]) => line), []);

  const path = directory.file("bus.sock");
  await using bus = new MessageBus();
  await bus.listen(unixTransport(path));
  const { promise, resolve } = Promise.withResolvers<Message>();
  bus.agent("planner").receive(resolve);
  await deno("run", "-A", "--no-config", program, path);
  assert.deepEqual((await promise).payload, { finished: "mod.ts" });
});

Deno.test("a program that connects and is bundled without splitting loads no sockets of Node", async () => {
  await using directory = await SocketDirectory.create();
  const program = directory.file("reporter.js");
  await deno("bundle", "-q", "-o", program, PROGRAM);
  const text = await Deno.readTextFile(program);
  assert.doesNotMatch(text, /^import .* from "node:(net|fs|process)/m);
});

Deno.test("a bus with a SQLite store that is bundled fails with code storage, as the guide says", async () => {
  await using directory = await SocketDirectory.create();
  const folder = directory.file("dist");
  await deno("bundle", "-q", "--code-splitting", "--outdir", folder, STORED);
  const file = directory.file("bus.db");
  const run = (program: string, ...flags: string[]) =>
    deno("run", "-A", ...flags, program, file);
  assert.equal(await run(STORED), "ready\n");
  const bundled = `${folder}/stored_bus.js`;
  assert.equal(await run(bundled, "--no-config"), "storage\n");
});
