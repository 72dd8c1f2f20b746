import assert from "node:assert/strict";
import { VERSION } from "../../cli/version.ts";
import { Terminal } from "../docs/terminal.ts";
import { lackOfNode, NodeProject } from "./node_project.ts";

const PROGRAMS = "tests/packaging/programs";
const lack = await lackOfNode();

Deno.test({
  name: `the packed library works in Node${lack ? ` (ignored: ${lack})` : ""}`,
  ignore: lack !== undefined && Deno.env.get("CI") !== "true",
  async fn(test) {
    assert.equal(lack, undefined);
    await using project = await NodeProject.create();
    await test.step("a program that imports it is well typed", async () => {
      assert.deepEqual(await project.compile(), []);
    });
    await test.step("the page's programs run", () => followPage(project));
    await test.step("agents of one process talk", () => talkInProcess(project));
    await test.step("a message outlives its bus in a store", async () => {
      assert.deepEqual(await project.runProgram("two_lives"), [
        "got the house",
      ]);
    });
    await test.step("what goes wrong is logged", async () => {
      assert.deepEqual(await project.runProgram("logs"), [
        "warning busbar/bus: Connection of far to the bus was lost: The bus takes no more connections",
      ]);
    });
    await test.step("a store keeps messages, from Node 22.16 on", () =>
      keep(project));
    await test.step("what takes Deno says so", () => refuse(project));
    await test.step("the command line runs with Deno, out of the package", () =>
      command(project));
    await test.step("it serves the inspector and its page, and a store", () =>
      serve(project));
    await test.step("a socket's file is taken care of", () => careFor(project));
    await test.step("an agent in Deno uses a bus in Node", async () => {
      const { node, deno } = commandsOf(project);
      await visit(project, node("host"), deno("guest"));
    });
    await test.step("an agent in Node uses a bus in Deno", async () => {
      const { node, deno } = commandsOf(project);
      await visit(project, deno("host"), node("guest"));
    });
  },
});

async function followPage({ path: cwd }: NodeProject): Promise<void> {
  const where = { cwd, path: Deno.env.get("PATH") ?? "" };
  await using greeter = new Terminal("exec node built/page/greeter.js", where);
  assert.equal(await greeter.nextLine(), "listening");
  await using guest = new Terminal("exec node built/page/guest.js", where);
  assert.equal(await guest.rest(), "Good evening, Grace.\n");
  assert.equal(await greeter.nextLine(), "guest asks about Grace");
  await greeter.interrupt();
}

async function talkInProcess(project: NodeProject): Promise<void> {
  assert.deepEqual(await project.runProgram("in_process"), [
    "good, attempt 1",
    "poor, attempt 1",
    "poor, attempt 2",
    "bad, attempt 1",
    "hopeless, attempt 1",
    "hopeless, attempt 2",
    "news.at.noon: sun",
    "reply 42",
    "piece 1",
    "piece 2",
    "piece 3",
    "error no_recipient",
    "dead letter bad: rejected",
    "dead letter hopeless: handler_failed",
    "sent 7, acked 2, dead 2",
  ]);
}

async function keep(project: NodeProject): Promise<void> {
  const { out } = await project.run("node", ["--version"]);
  const [major = 0, minor = 0] = out.slice(1).split(".").map(Number);
  const hasSqlite = major > 22 || (major === 22 && minor >= 16);
  const kept = ["kept 1, problems 0", "got the house"];
  assert.deepEqual(
    await project.runProgram("store", project.path),
    hasSqlite ? kept : [
      `storage, retryable false: Cannot open store as SQLite takes Node 22.16 or later: this is ${out.trim()}`,
    ],
  );
  // Its thread runs a program of the package.
  const there = await Deno.makeTempDir({ dir: project.path });
  const args = ["run", "-A", "built/store.js", there];
  const inDeno = await project.run(Deno.execPath(), args);
  assert.equal(inDeno.out, `${kept.join("\n")}\n`, inDeno.errors);
}

async function refuse(project: NodeProject): Promise<void> {
  const text =
    "TypeError: Cannot create inspector as it runs on Deno alone: this is another platform";
  assert.deepEqual(await project.runProgram("deno_only"), [text, text]);
}

async function command(project: NodeProject): Promise<void> {
  const main = "node_modules/@busbar/busbar/cli/main.js";
  const args = ["run", "-A", main, "--version"];
  const { out, errors } = await project.run(Deno.execPath(), args);
  assert.equal(out, `${VERSION}\n`, errors);
  const inNode = await project.run("node", [main, "--version"]);
  assert.match(inNode.errors, /Cannot run busbar as it runs on Deno alone/);
}

async function serve({ path: cwd }: NodeProject): Promise<void> {
  const main = "node_modules/@busbar/busbar/cli/main.js";
  const serve =
    "serve --socket run/served.sock --store served.db --inspector 0";
  await using served = new Terminal(
    `exec '${Deno.execPath()}' run -A ${main} ${serve} --json`,
    { cwd, path: Deno.env.get("PATH") ?? "" },
  );
  const { inspector: { url, token } } = JSON.parse(await served.nextLine());
  const headers = { authorization: `Bearer ${token}` };
  const pieces = {
    "": "<!doctype html>",
    "page/app.js": "import",
    "page/page.css": "{",
    "api/stats": "{",
  };
  for (const [path, piece] of Object.entries(pieces)) {
    const answer = await fetch(`${url}/${path}`, { headers });
    assert.equal(answer.status, 200, path);
    assert.ok((await answer.text()).includes(piece), path);
  }
  await served.interrupt();
}

async function careFor(project: NodeProject): Promise<void> {
  const printed = await project.runProgram("file_care", project.path);
  const cannotListen = "unreachable: Cannot listen on /run/bus.sock as";
  assert.deepEqual(printed, [
    "unreachable: Cannot dial /run/bus.sock as somebody must listen there: there is no /run/bus.sock; the bus has to listen first",
    "modes 600 700",
    `${cannotListen} one process at a time may listen there: another process listens there`,
    "left 0",
    "stale true",
    "unreachable: Cannot dial /run/bus.sock as somebody must listen there: nobody does any more; the bus has to be started again",
    "winners 1",
    "successor 660 bus.sock",
    `${cannotListen} only a socket left by a dead process may be in the way: there is something else`,
    `${cannotListen} only its owner may write into /run, so that nobody replaces the socket: its mode is 777; take write access from group and others (chmod go-w), or name a directory that does not exist yet`,
  ]);
}

/** A program as Node runs it, compiled and with the package, and as Deno does, as it stands. */
function commandsOf({ path }: NodeProject) {
  const socket = `'${path}/run/bus.sock'`;
  return {
    node: (name: string) => `exec node '${path}/built/${name}.js' ${socket}`,
    deno: (name: string) =>
      `exec '${Deno.execPath()}' run -A ${PROGRAMS}/${name}.ts ${socket}`,
  };
}

async function visit(
  project: NodeProject,
  host: string,
  guest: string,
): Promise<void> {
  const where = {
    cwd: new URL("../../", import.meta.url).pathname,
    path: Deno.env.get("PATH") ?? "",
  };
  await using listening = new Terminal(host, where);
  assert.equal(await listening.nextLine(), "listening");
  await using visiting = new Terminal(guest, where);
  assert.deepEqual((await visiting.rest()).trimEnd().split("\n"), [
    "reply 3000000",
    "sum 20100",
    "host sends seen guests.come",
    "error no_recipient",
  ]);
  // A second attempt may come before what was sent next, or after it.
  assert.deepEqual((await listening.rest()).trimEnd().split("\n").sort(), [
    "dead letters 1",
    "guest sends go, attempt 1",
    "guest sends good, attempt 1",
    "guest sends poor, attempt 1",
    "guest sends poor, attempt 2",
    "guests.come: 3000000",
  ]);
  assert.deepEqual([...Deno.readDirSync(`${project.path}/run`)], []);
}
