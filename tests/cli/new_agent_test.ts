import assert from "node:assert/strict";
import { namesOf } from "../../cli/new_agent/templates.ts";
import { SocketDirectory } from "../support/socket_directory.ts";
import { Program } from "../support/program.ts";
import { busbar, outputOf, serveProcess } from "./support/busbar_process.ts";
import { run } from "./support/test_terminal.ts";

Deno.test("namesOf() makes a file's and a function's name of an agent's", () => {
  assert.deepEqual(namesOf("web/code-reviewer.2"), {
    agent: "web/code-reviewer.2",
    file: "web_code_reviewer_2",
    start: "startWebCodeReviewer2",
  });
});

Deno.test("busbar new agent writes an agent whose test runs, and that works on a bus", async () => {
  await using directory = await SocketDirectory.create();
  const made = await busbar(["new", "agent", "web/coder"], {
    cwd: directory.path,
  });
  assert.equal(made.code, 0, made.errors);
  assert.deepEqual(made.out.trimEnd().split("\n"), [
    "web_coder.ts",
    "web_coder_test.ts",
    "deno.json",
  ]);
  const cwd = directory.path;
  for (const args of [["fmt", "--check"], ["lint"], ["test", "-A"]]) {
    const { code, out, errors } = await outputOf(Deno.execPath(), args, {
      cwd,
    });
    assert.equal(code, 0, `deno ${args.join(" ")}: ${out}${errors}`);
    if (args[0] === "test") assert.match(out, /2 passed/);
  }
  const socket = directory.file("bus.sock");
  const { program } = await serveProcess(["--socket", socket]);
  await using _serve = program;
  const agent = new Program([
    ...["-A", "--config", directory.file("deno.json")],
    ...[directory.file("web_coder.ts"), socket],
  ]);
  await using _agent = agent;
  assert.match(await agent.nextLine() ?? "", /^web\/coder is at work on /);
  const { out } = await busbar(
    ["request", "web/coder", "hello", "--socket", socket],
  );
  assert.equal(out, "done: hello\n");
  await agent.interrupt();
  await program.interrupt();
});

Deno.test("busbar new agent writes over nothing", async () => {
  await using directory = await SocketDirectory.create();
  const args = ["new", "agent", "coder", "--folder", directory.path];
  assert.equal((await run(args)).code, 0);
  await Deno.writeTextFile(directory.file("coder.ts"), "mine");
  await Deno.remove(directory.file("coder_test.ts"));
  const { code, notes } = await run(args);
  assert.equal(code, 1);
  assert.deepEqual(notes, [
    `busbar: Cannot write ${directory.path}/coder.ts as it must not be there yet: it is; choose another name, or another --folder`,
  ]);
  assert.equal(await Deno.readTextFile(directory.file("coder.ts")), "mine");
  const names = await Array.fromAsync(Deno.readDir(directory.path));
  assert.equal(names.some(({ name }) => name === "coder_test.ts"), false);
});

Deno.test("busbar new agent leaves settings alone, and says what they lack", async () => {
  await using directory = await SocketDirectory.create();
  const settings = directory.file("deno.jsonc");
  const folder = directory.file("agents");
  await Deno.writeTextFile(
    settings,
    '{\n  // ours\n  "imports": { "zod": "npm:zod" },\n}\n',
  );
  const first = await run(["new", "agent", "a", "--folder", folder]);
  assert.deepEqual(first.out, [`${folder}/a.ts`, `${folder}/a_test.ts`]);
  assert.match(
    first.notes[0] ?? "",
    /^add to the imports of your deno\.json: \{"@busbar\/busbar":"file:\/\/.*mod\.ts"/,
  );
  await Deno.writeTextFile(
    settings,
    '{ "imports": { "@busbar/busbar": "x" } }',
  );
  const second = await run(["new", "agent", "b", "--folder", folder]);
  assert.equal(second.notes.length, 1);
  assert.match(second.notes[0] ?? "", /^test it with/);
});
