import assert from "node:assert/strict";
import { SocketDirectory } from "../support/socket_directory.ts";
import { Program } from "../support/program.ts";
import {
  busbar,
  MAIN,
  outputOf,
  serveProcess,
} from "./support/busbar_process.ts";

/** Waits until a file holds a text; its writer is another process. */
async function waitFor(path: string, text: string): Promise<void> {
  for (let tries = 0; tries < 2_000; tries++) {
    const found = await Deno.readTextFile(path).catch(() => "");
    if (found.includes(text)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Nobody has written "${text}" to ${path}`);
}

Deno.test("a session: serve, subscribe | head, publish, a dead letter, its replay, and the end", async () => {
  await using directory = await SocketDirectory.create();
  const socket = directory.file("bus.sock");
  const store = directory.file("crew.db");
  const { program, whereabouts } = await serveProcess([
    ...["--socket", socket, "--store", store, "--name", "crew"],
  ]);
  await using _serve = program;
  assert.equal(whereabouts.bus, "crew");
  const { mode } = await Deno.stat(`${socket}.json`);
  assert.equal((mode ?? 0) & 0o777, 0o600);
  const env = { BUSBAR_SOCKET: socket, NO_COLOR: "1" };

  const notes = directory.file("notes");
  const piped = outputOf("bash", [
    "-c",
    `"$0" run -A "$1" subscribe 'builds.>' --json 2> "$2" | head -1; echo "\${PIPESTATUS[*]}"`,
    ...[Deno.execPath(), MAIN, notes],
  ], { env });
  await waitFor(notes, "listens to builds.>");
  await busbar(["publish", "builds.web", '{"n":1}'], { env });
  // The pipe is found broken when the next message is written to it.
  await busbar(["publish", "builds.web", '{"n":2}'], { env });
  const [line = "", statuses] = (await piped).out.split("\n");
  assert.deepEqual(JSON.parse(line).payload, { n: 1 });
  assert.equal(statuses, "0 0");
  // It has nothing to complain of.
  assert.match(await Deno.readTextFile(notes), /^\S+ listens to builds\.>\n$/);

  const sent = await busbar(["send", "coder", "build it", "--ack"], { env });
  assert.equal(sent.code, 4, sent.errors);
  const id = sent.out.trim();
  const receiver = new Program([
    ...["-A", MAIN, "subscribe", "nothing", "--direct", "--json"],
    ...["--name", "coder", "--count", "1", "--socket", socket],
  ]);
  await using _receiver = receiver;
  await waitForAgent(env, "coder");
  const replayed = await busbar(["dlq", "replay", id], { env });
  assert.equal(replayed.out, `replayed ${id}\n`);
  assert.equal(JSON.parse(await receiver.nextLine() ?? "").payload, "build it");
  assert.equal(await receiver.status(), 0);

  await program.interrupt();
  const left = await Array.fromAsync(Deno.readDir(directory.path));
  const ofSocket = left.filter(({ name }) => name.startsWith("bus.sock"));
  assert.deepEqual(ofSocket, []);
});

/** Waits until an agent is there that can be sent to. */
async function waitForAgent(
  env: Record<string, string>,
  name: string,
): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const { out } = await busbar(["agents", "--json"], { env });
    const agents = out.split("\n").filter(Boolean).map((line) =>
      JSON.parse(line)
    );
    const found = agents.find((agent) => agent.name === name);
    if (found?.subscriptions.length > 0) return;
  }
  throw new Error(`There is no ${name}`);
}

Deno.test("what required an ack is there after kill -9, and serve takes the dead one's place", async () => {
  await using directory = await SocketDirectory.create();
  const socket = directory.file("bus.sock");
  const args = ["--socket", socket, "--store", directory.file("crew.db")];
  const env = { BUSBAR_SOCKET: socket };
  const name = ["--name", "worker", "--durable", "jobs"];
  {
    const { program, whereabouts } = await serveProcess(args);
    await using _serve = program;
    await busbar(["subscribe", "jobs", ...name, "--timeout", "1ms"], { env });
    const { code } = await busbar(["publish", "jobs", "kept", "--ack"], {
      env,
    });
    assert.equal(code, 0);
    Deno.kill(Number(whereabouts.pid), "SIGKILL");
    await program.status();
  }
  const { program } = await serveProcess(args);
  await using _serve = program;
  const { out } = await busbar(
    ["subscribe", "jobs", ...name, "--count", "1", "--json"],
    { env },
  );
  assert.equal(JSON.parse(out).payload, "kept");
  await program.interrupt();
});

Deno.test("busbar serve ends at SIGTERM, and a second one does not wait for work", async () => {
  await using directory = await SocketDirectory.create();
  const socket = directory.file("bus.sock");
  const { program, whereabouts } = await serveProcess([
    ...["--socket", socket, "--grace", "10m"],
  ]);
  await using _serve = program;
  const pid = Number(whereabouts.pid);
  // Somebody is there for it, and never finishes: it would be waited for.
  const hands = new Program([
    ...["-A", new URL("support/never_done.ts", import.meta.url).pathname],
    socket,
  ]);
  await using _hands = hands;
  assert.equal(await hands.nextLine(), "has it in hand");
  Deno.kill(pid, "SIGTERM");
  const refused = await untilRefused(socket);
  assert.match(refused, /drains|closed|nobody|there is no/);
  Deno.kill(pid, "SIGTERM");
  assert.equal(await program.status(), 0);
});

/** What a command is told once the bus takes nothing more. */
async function untilRefused(socket: string): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const { code, errors } = await busbar(
      ["publish", "a", "b", "--ack", "--socket", socket],
    );
    if (code !== 0) return errors;
  }
  throw new Error("The bus goes on");
}

Deno.test("without leave to use the socket, the flag that is missing is named", async () => {
  await using directory = await SocketDirectory.create();
  const socket = directory.file("bus.sock");
  const deno = (args: string[]) =>
    outputOf(Deno.execPath(), [
      ...["run", "--no-prompt", "--allow-env", "--allow-read", "--allow-sys"],
      ...[MAIN, ...args, "--socket", socket],
    ]);
  const publish = await deno(["publish", "a", "b"]);
  assert.equal(publish.code, 5, publish.errors);
  assert.match(
    publish.errors,
    /^busbar: Cannot do this as Deno gave no leave: Requires \w+ access to .*, run again with the --allow-\w+ flag; in all, a socket takes --allow-read=\S+ --allow-write=\S+ --allow-net=unix:\S+\n$/,
  );
  const doctor = await deno(["doctor"]);
  assert.equal(doctor.code, 7);
  assert.ok(doctor.out.includes(`--allow-net=unix:${socket}`), doctor.out);
  // By a path that begins where the program was started, with leave for less.
  const { code, out, errors } = await outputOf(Deno.execPath(), [
    ...["run", "--no-prompt", "--allow-env", "--allow-net=127.0.0.1"],
    ...["--allow-read", MAIN, "doctor", "--socket", "bus.sock"],
  ], { cwd: directory.path });
  assert.equal(code, 7, errors);
  assert.ok(
    out.includes(
      `run it with --allow-net=unix:${socket} --allow-write=${directory.path}, or with -A\n`,
    ),
    out,
  );
});

Deno.test("a port that is taken, a store that is held and a socket in use end serve with one line", async () => {
  await using directory = await SocketDirectory.create();
  const socket = directory.file("bus.sock");
  const store = directory.file("crew.db");
  const { program, whereabouts } = await serveProcess([
    ...["--socket", socket, "--store", store],
  ]);
  await using _serve = program;
  const { url } = whereabouts.inspector as { url: string };
  const { port } = new URL(url);
  const other = directory.file("other.sock");
  const serve = (...args: string[]) => busbar(["serve", ...args]);
  const taken = await serve("--socket", other, "--inspector", port);
  assert.equal(
    taken.errors,
    `busbar: Cannot serve the inspector as port ${port} of 127.0.0.1 must be free: it is taken; name another with --inspector PORT, 0 for any, or --no-inspector\n`,
  );
  const held = await serve("--socket", other, "--store", store);
  assert.equal(
    held.errors,
    `busbar: Cannot open "${store}" as it belongs to one bus at a time: it is in use; "busbar doctor --store FILE" says by whom\n`,
  );
  const inUse = await serve("--socket", socket, "--no-inspector");
  assert.equal(
    inUse.errors,
    `busbar: Cannot listen on ${socket} as one process at a time may listen there: another process listens there; name another with --socket, or see "busbar doctor --socket ${socket}"\n`,
  );
  for (const { code, out } of [taken, held, inUse]) {
    assert.deepEqual([code, out], [1, ""]);
  }
  await program.interrupt();
});
