import assert from "node:assert/strict";
import {
  type AskPermission,
  checkPermissions,
  checkVersion,
} from "../../cli/doctor/check_machine.ts";
import { checkWhereabouts } from "../../cli/doctor/check_bus.ts";
import { holderOf } from "../../cli/doctor/check_store.ts";
import type { Finding } from "../../cli/doctor/finding.ts";
import { isAtLeast, VERSION } from "../../cli/version.ts";
import { readWhereabouts, writeWhereabouts } from "../../cli/whereabouts.ts";
import { SocketDirectory } from "../support/socket_directory.ts";
import { serveProcess } from "./support/busbar_process.ts";
import { Served } from "./support/served.ts";
import { run } from "./support/test_terminal.ts";

/** What the doctor finds, by what was looked at; its status. */
async function examine(
  args: readonly string[],
): Promise<{ code: number; found: Record<string, Finding> }> {
  const { code, out } = await run(["doctor", "--json", ...args]);
  const findings = out.map((line) => JSON.parse(line) as Finding);
  const found = Object.fromEntries(findings.map((one) => [one.check, one]));
  return { code, found };
}

const WHEREABOUTS = {
  version: VERSION,
  deno: "2.9.6",
  pid: 1,
  bus: "gone",
  socket: "/nowhere",
  startedAt: 0,
};

Deno.test("busbar doctor finds nothing wrong with a bus that is well", async () => {
  await using served = await Served.start();
  const { code, found } = await examine(["--socket", served.socket]);
  assert.equal(code, 0);
  for (const { check, verdict } of Object.values(found)) {
    assert.equal(verdict, "ok", check);
  }
  assert.match(found.socket?.text ?? "", /somebody listens at .*, mode 600$/);
});

Deno.test("busbar doctor tells no bus, a stale socket and a dead process apart", async () => {
  await using directory = await SocketDirectory.create();
  const socket = directory.file("bus.sock");
  const none = await examine(["--socket", socket]);
  assert.equal(none.code, 7);
  assert.equal(none.found.socket?.text, `there is no ${socket}`);

  const { program, whereabouts } = await serveProcess(["--socket", socket]);
  await using _serve = program;
  const pid = Number(whereabouts.pid);
  Deno.kill(pid, "SIGKILL");
  await program.status();
  const { code, found } = await examine(["--socket", socket]);
  assert.equal(code, 7);
  assert.equal(
    found.socket?.text,
    `${socket} was left behind: nobody listens there`,
  );
  assert.equal(
    found.bus?.text,
    `process ${pid}, which served here, has ended without a farewell`,
  );
});

Deno.test("busbar doctor finds what is no socket, and a folder that others may write", async () => {
  await using directory = await SocketDirectory.create();
  const file = directory.file("file");
  await Deno.writeTextFile(file, "");
  await Deno.chmod(directory.path, 0o777);
  const { found } = await examine(["--socket", file]);
  assert.equal(found.socket?.text, `${file} is no socket`);
  assert.match(found.folder?.text ?? "", /its mode is 777$/);
  assert.match(found.folder?.advice ?? "", /chmod go-w/);
});

Deno.test("busbar doctor warns of a socket for everybody, which is no fault", async () => {
  await using served = await Served.start(() => ({ socketMode: 0o666 }));
  const { code, found } = await examine(["--socket", served.socket]);
  assert.equal(code, 0);
  assert.equal(found.socket?.verdict, "warning");
});

Deno.test("busbar doctor finds a wrong token, dead letters, and topics that nobody hears", async () => {
  await using served = await Served.start();
  const sender = served.bus.agent("sender");
  for (const topic of ["a", "b", "c", "d"]) await sender.publish(topic, 1);
  await sender.send("nobody", 1);
  const { code, found } = await examine(["--socket", served.socket]);
  assert.equal(code, 0);
  assert.equal(
    found["dead letters"]?.text,
    "1 message could not be handled",
  );
  assert.equal(
    found.topics?.text,
    "nobody subscribes to what is published: a, b, c and 1 more",
  );
  const wrong = await examine(["--socket", served.socket, "--token", "no"]);
  assert.equal(wrong.code, 7);
  assert.match(wrong.found.inspector?.text ?? "", /token must be shown/);
});

Deno.test("busbar doctor finds an agent that is away while messages wait, and a full bus", async () => {
  await using served = await Served.start(() => ({
    limits: { backpressure: { maxPending: 1, timeoutMs: 50 } },
  }));
  const { bus } = served;
  await bus.agent("sleeper", { durable: true }).close();
  await bus.agent("sender").send("sleeper", 1, { requiresAck: true });
  const { code, found } = await examine(["--socket", served.socket]);
  assert.equal(code, 7);
  assert.match(found.agents?.text ?? "", /away: sleeper$/);
  assert.match(found.room?.text ?? "", /^the bus is full: 1 of 1 unfinished/);
});

Deno.test({
  name: "busbar doctor says which process holds a store",
  // Elsewhere nobody lists who has locked what.
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using directory = await SocketDirectory.create();
    const socket = directory.file("bus.sock");
    const store = directory.file("crew.db");
    const { program, whereabouts } = await serveProcess([
      ...["--socket", socket, "--store", store],
    ]);
    await using _serve = program;
    const own = await examine(["--socket", socket]);
    assert.equal(own.code, 0);
    assert.equal(
      own.found.store?.text,
      `${store}, held by the bus (process ${whereabouts.pid})`,
    );
    await using other = await Served.start();
    const foreign = await examine([
      ...["--socket", other.socket, "--store", store],
    ]);
    assert.equal(foreign.code, 7);
    assert.equal(
      foreign.found.store?.text,
      `${store} is held by process ${whereabouts.pid}, which is not this bus`,
    );
    await program.interrupt();
    const free = await examine(["--socket", other.socket, "--store", store]);
    assert.equal(free.found.store?.text, `${store}, held by nobody`);
    await Deno.chmod(store, 0o644);
    const open = await examine(["--socket", other.socket, "--store", store]);
    assert.match(open.found.store?.text ?? "", /others may read .* 644$/);
  },
});

Deno.test("holderOf() reads the list of locks as Linux writes it", () => {
  const locks = `1: POSIX  ADVISORY  READ 812 08:01:131 128 128
2: FLOCK  ADVISORY  WRITE 99 08:01:4711 0 EOF
3: POSIX  ADVISORY  WRITE 4242 fd:00:1310 1073741824 1073742335
`;
  assert.equal(holderOf(locks, 1310), 4242);
  assert.equal(holderOf(locks, 131), 812);
  assert.equal(holderOf(locks, 310), undefined);
  assert.equal(holderOf(locks, null), undefined);
});

Deno.test("checkPermissions() names every flag that is missing", async () => {
  const ask: AskPermission = ({ name }) =>
    Promise.resolve(name === "read" ? "granted" : "prompt");
  const { verdict, advice } = await checkPermissions(ask, "run/bus.sock");
  assert.equal(verdict, "fault");
  assert.equal(
    advice,
    `run it with --allow-net=unix:${Deno.cwd()}/run/bus.sock --allow-write=${Deno.cwd()}/run, or with -A`,
  );
});

Deno.test("checkVersion() and checkWhereabouts() find versions that do not fit", () => {
  assert.equal(checkVersion("2.9.0").verdict, "ok");
  assert.equal(checkVersion("2.8.14").verdict, "fault");
  assert.ok(isAtLeast("3.0.0-rc.1", "2.9.0") && !isAtLeast("2.10.0", "2.10.1"));
  const skewed = { ...WHEREABOUTS, format: 1 as const, version: "0.0.1" };
  const { verdict, text } = checkWhereabouts(skewed, () => true, "s");
  assert.equal(verdict, "warning");
  assert.equal(
    text,
    `the bus is of version 0.0.1, this program of ${VERSION}`,
  );
});

Deno.test("what tells where a bus is must be its user's own, and well-formed", async () => {
  await using directory = await SocketDirectory.create();
  const socket = directory.file("bus.sock");
  assert.equal(await readWhereabouts(socket), undefined);
  await writeWhereabouts(socket, WHEREABOUTS);
  assert.equal((await readWhereabouts(socket))?.bus, "gone");
  const path = `${socket}.json`;
  assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  await Deno.chmod(path, 0o622);
  await assert.rejects(
    readWhereabouts(socket),
    /^CommandError: Cannot trust .* as it must be yours, and nobody else's to write/,
  );
  await Deno.chmod(path, 0o600);
  const later = JSON.stringify({ ...WHEREABOUTS, format: 2 });
  await Deno.writeTextFile(path, later);
  await assert.rejects(
    readWhereabouts(socket),
    /^CommandError: Cannot read .*bus\.sock\.json as "busbar serve" of version 1/,
  );
});
