import assert from "node:assert/strict";
import { Program } from "../support/program.ts";

Deno.test("examples/01_direct_messages.ts shows priority, retry and a dead letter", async () => {
  const lines = await run(["examples/01_direct_messages.ts"]);
  assert.deepEqual(lines, [
    "coder: first.ts, priority 50, attempt 1",
    "coder: urgent.ts, priority 90, attempt 1",
    "coder: second.ts, priority 50, attempt 1",
    "coder: flaky.ts, priority 50, attempt 2",
    "dead: broken.ts, handler_failed after 3 attempts: cannot be parsed",
    "5 sent, 1 acknowledged, 3 handed out again",
  ]);
});

Deno.test("examples/02_topics.ts shows patterns, groups and a counted drop", async () => {
  const lines = await run(["examples/02_topics.ts"]);
  assert.equal(lines[0], "reached: alarm, logger");
  // Which of the two testers begins is not promised; that they share is.
  const testers = lines.filter((line) => line.startsWith("tester-"));
  assert.equal(new Set(testers.map((line) => line[7])).size, 2);
  const delivered = lines.slice(1, -2).map((line) =>
    line.replace(/^tester-\d/, "a tester")
  );
  assert.deepEqual(delivered.toSorted(), [
    "a tester: tests cli@1",
    "a tester: tests core@1",
    "alarm: builds.web.failed",
    "logger: builds.cli.done cli@1",
    "logger: builds.core.done core@1",
    "logger: builds.web.failed web@1",
  ]);
  assert.deepEqual(lines.slice(-2), [
    "published: builds.cli.done, builds.core.done, builds.web.failed, weather.today",
    "dropped: 1",
  ]);
});

Deno.test("examples/03_requests.ts shows a reply, errors, a cancellation and pieces", async () => {
  assert.deepEqual(await run(["examples/03_requests.ts"]), [
    "title: The Bus at the End of the Road",
    "nonsense: remote, final",
    "nobody: no_recipient, may be retried",
    "writer: puts the novel down",
    "novel: request_timeout, may be retried",
    "page 1",
    "page 2",
    "page 3",
  ]);
});

Deno.test("examples/04_many_processes.ts shows two processes that talk", async () => {
  const flags = ["read", "write", "net", "run"].map((name) =>
    `--allow-${name}`
  );
  assert.deepEqual(await run([...flags, "examples/04_many_processes.ts"]), [
    "ready: squarer",
    "squares: 4, 9, 16",
    "squarer: asker says goodbye",
    "squarer ended with status 0",
  ]);
});

Deno.test("the program in README.md runs as it stands", async () => {
  const [program = ""] = await programsIn("README.md");
  assert.deepEqual((await run(["-"], program)).toSorted(), [
    'coder says jobs.done: { file: "mod.ts" }',
    "mod.ts is formatted",
  ]);
});

Deno.test("the first program in docs/start.md runs as it stands", async () => {
  const [program = ""] = await programsIn("docs/start.md");
  assert.deepEqual(await run(["-"], program), ["Good evening, Ada."]);
});

Deno.test("the two processes in docs/start.md find each other", async () => {
  const [, bus, worker] = await programsIn("docs/start.md");
  const folder = await Deno.makeTempDir({ prefix: "busbar-start-" });
  try {
    const args = ["-A", "-", `${folder}/run/bus.sock`];
    await using leader = new Program(args, bus);
    assert.match(await leader.nextLine() ?? "", /^listening on /);
    await using follower = new Program(args, worker);
    assert.match(await leader.nextLine() ?? "", /^worker \d+ says 144$/);
    await follower.interrupt();
    await leader.interrupt();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** What a program prints, line by line. */
async function run(
  args: readonly string[],
  source?: string,
): Promise<string[]> {
  await using program = new Program(args, source);
  return await program.allLines();
}

/** The programs that a page shows, in order. */
async function programsIn(page: string): Promise<string[]> {
  const text = await Deno.readTextFile(
    new URL(`../../${page}`, import.meta.url),
  );
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ""]) =>
    code
  );
}
