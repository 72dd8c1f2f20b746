import assert from "node:assert/strict";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { unixTransport } from "../../transports/unix.ts";
import { SocketDirectory } from "../support/socket_directory.ts";

Deno.test("unixTransport() refuses paths and modes that cannot be", () => {
  const dots = "/tmp/" + "é".repeat(52);
  assert.throws(() => unixTransport(dots), {
    name: "RangeError",
    message:
      "Cannot create Unix transport as path must take at most 107 bytes: it takes 109",
  });
  assert.throws(() => unixTransport(""), TypeError);
  assert.throws(() => unixTransport("/tmp/a\0b"), TypeError);
  for (const mode of [-1, 0o1000, 0.5, NaN]) {
    assert.throws(() => unixTransport("/tmp/x", { mode }), RangeError);
  }
});

Deno.test("unixTransport().listen() takes a path of 107 bytes", async () => {
  await using directory = await SocketDirectory.create();
  const name = "x".repeat(107 - directory.path.length - 1);
  const transport = unixTransport(directory.file(name));
  await using _listener = await transport.listen();
  await using _connection = await transport.dial();
});

Deno.test("unixTransport().listen() gives the socket mode 600, or the one asked for", async () => {
  await using directory = await SocketDirectory.create();
  for (
    const [mode, expected] of [[undefined, 0o600], [0o660, 0o660]] as const
  ) {
    const path = directory.file("bus.sock");
    await using _listener = await unixTransport(path, { mode }).listen();
    assert.equal(modeOf(path), expected);
  }
});

Deno.test("unixTransport().listen() makes a missing directory for its owner alone", async () => {
  await using directory = await SocketDirectory.create();
  const path = directory.file("run/busbar/bus.sock");
  await using _listener = await unixTransport(path).listen();
  assert.equal(modeOf(directory.file("run/busbar")), 0o700);
});

Deno.test("unixTransport().listen() refuses a directory that others may write into", async () => {
  await using directory = await SocketDirectory.create();
  for (const mode of [0o770, 0o702, 0o777]) {
    Deno.chmodSync(directory.path, mode);
    const listening = unixTransport(directory.file("bus.sock")).listen();
    await assert.rejects(listening, {
      code: "unreachable",
      message: new RegExp(`its mode is ${mode.toString(8)}; take write access`),
    });
  }
  Deno.chmodSync(directory.path, 0o755);
  await using _listener = await unixTransport(directory.file("bus.sock"))
    .listen();
});

Deno.test("unixTransport().listen() replaces what a dead process left", async () => {
  await using directory = await SocketDirectory.create();
  const path = directory.file("bus.sock");
  await leaveStaleSocket(path);
  await assert.rejects(unixTransport(path).dial(), {
    code: "unreachable",
    message:
      `Cannot dial ${path} as somebody must listen there: nobody does any more; the bus has to be started again`,
  });
  const transport = unixTransport(path);
  await using listener = await transport.listen();
  await using _dialed = await transport.dial();
  const { value } = await listener[Symbol.asyncIterator]().next();
  await value.close();
});

Deno.test("unixTransport().listen() leaves a live listener alone", async () => {
  await using directory = await SocketDirectory.create();
  const path = directory.file("bus.sock");
  await using _listener = await unixTransport(path).listen();
  await assert.rejects(unixTransport(path).listen(), {
    code: "unreachable",
    message:
      `Cannot listen on ${path} as one process at a time may listen there: another process listens there`,
  });
  await using _dialed = await unixTransport(path).dial();
});

Deno.test("unixTransport().listen() leaves whatever is no socket alone", async () => {
  await using directory = await SocketDirectory.create();
  const path = directory.file("notes.txt");
  await Deno.writeTextFile(path, "precious");
  await Deno.symlink(path, directory.file("link"));
  for (const name of ["notes.txt", "link"]) {
    await assert.rejects(unixTransport(directory.file(name)).listen(), {
      code: "unreachable",
      message: /there is something else$/,
    });
  }
  assert.equal(await Deno.readTextFile(path), "precious");
});

Deno.test("unixTransport().listen() waits while another process binds in the directory", async () => {
  await using directory = await SocketDirectory.create();
  const clock = new VirtualClock();
  const path = directory.file("bus.sock");
  const other = await lockedDirectory(directory.path);
  const listening = unixTransport(path, { clock }).listen();
  await settled();
  await clock.advance(1_000);
  assert.deepEqual([...Deno.readDirSync(directory.path)], []);
  other.close();
  await advanceUntil(clock, listening);
  await using _listener = await listening;
});

Deno.test("unixTransport().listen() waits no longer than 2 s for another process", async () => {
  await using directory = await SocketDirectory.create();
  const clock = new VirtualClock();
  const path = directory.file("bus.sock");
  using _other = await lockedDirectory(directory.path);
  const outcome = assert.rejects(unixTransport(path, { clock }).listen(), {
    code: "unreachable",
    message: /others must let go of it within 2000 ms: they have not$/,
  });
  await advanceUntil(clock, outcome);
  await outcome;
  assert.equal(clock.monotonic() >= 2_000, true);
});

Deno.test("closing a Unix listener waits while another process binds in the directory", async () => {
  await using directory = await SocketDirectory.create();
  const clock = new VirtualClock();
  const path = directory.file("bus.sock");
  const listener = await unixTransport(path, { clock }).listen();
  const other = await lockedDirectory(directory.path);
  const closing = listener.close();
  await settled();
  assert.equal(Deno.lstatSync(path).isSocket, true);
  other.close();
  await advanceUntil(clock, closing);
  assert.deepEqual([...Deno.readDirSync(directory.path)], []);
});

Deno.test("unixTransport().listen() lets one of many starters win", async () => {
  await using directory = await SocketDirectory.create();
  const path = directory.file("bus.sock");
  await leaveStaleSocket(path);
  const starts = await Promise.allSettled(
    Array.from({ length: 8 }, () => unixTransport(path).listen()),
  );
  const winners = starts.filter(({ status }) => status === "fulfilled");
  assert.equal(winners.length, 1);
  await using _dialed = await unixTransport(path).dial();
  for (const start of starts) {
    if (start.status === "fulfilled") await start.value.close();
  }
});

Deno.test("closing a Unix listener removes its file, and nothing else", async () => {
  await using directory = await SocketDirectory.create();
  const path = directory.file("bus.sock");
  const listener = await unixTransport(path).listen();
  await listener.close();
  assert.deepEqual([...Deno.readDirSync(directory.path)], []);
  await assert.rejects(unixTransport(path).dial(), {
    message:
      `Cannot dial ${path} as somebody must listen there: there is no ${path}; the bus has to listen first`,
  });
});

for (const accepting of [false, true]) {
  Deno.test(`closing a Unix listener leaves a successor's file (O11), ${accepting ? "" : "not "}accepting`, async () => {
    await using directory = await SocketDirectory.create();
    const path = directory.file("bus.sock");
    const first = await unixTransport(path).listen();
    const pending = accepting
      ? first[Symbol.asyncIterator]().next()
      : undefined;
    await settled();
    await Deno.remove(path);
    await using second = await unixTransport(path).listen();
    await first.close();
    await pending;
    await settled();
    await using _dialed = await unixTransport(path).dial();
    const { value } = await second[Symbol.asyncIterator]().next();
    await value.close();
    assert.equal([...Deno.readDirSync(directory.path)].length, 1);
  });
}

Deno.test("closing a Unix listener does not fail when its directory is gone", async () => {
  await using directory = await SocketDirectory.create();
  const path = directory.file("run/bus.sock");
  const listener = await unixTransport(path).listen();
  await Deno.remove(directory.file("run"), { recursive: true });
  await listener.close();
});

Deno.test("a Unix listener rests 50 ms when it cannot accept", async () => {
  await using directory = await SocketDirectory.create();
  const clock = new VirtualClock();
  const transport = unixTransport(directory.file("bus.sock"), { clock });
  await using listener = await transport.listen();
  const arrivals = listener[Symbol.asyncIterator]();
  const first = arrivals.next();
  // The platform accepts one at a time: the second call fails, as one without
  // a free descriptor does.
  const second = arrivals.next();
  await settled();
  assert.equal(clock.timers, 1);
  await using _one = await transport.dial();
  await using _two = await transport.dial();
  const { value } = await first;
  await value.close();
  await clock.advance(50);
  const later = await second;
  await later.value.close();
});

Deno.test("unixTransport() needs no more permissions than it says", async () => {
  await using directory = await SocketDirectory.create();
  const path = directory.file("bus.sock");
  const output = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--no-lock",
      `--allow-read=${directory.path}`,
      `--allow-write=${directory.path}`,
      `--allow-net=unix:${path}`,
      new URL("../support/unix_round_trip.ts", import.meta.url).pathname,
      path,
    ],
  }).output();
  const text = new TextDecoder().decode(output.stdout);
  assert.equal(text, "7\n", new TextDecoder().decode(output.stderr));
});

async function leaveStaleSocket(path: string): Promise<void> {
  const bound = Deno.listen({ transport: "unix", path: `${path}.1` });
  Deno.renameSync(`${path}.1`, path);
  bound.close();
  await settled();
}

async function lockedDirectory(path: string): Promise<Deno.FsFile> {
  const file = await Deno.open(path);
  await file.lock(true);
  return file;
}

/** Moves the clock on, a little at a time, as the work between takes turns of its own. */
async function advanceUntil(
  clock: VirtualClock,
  promise: Promise<unknown>,
): Promise<void> {
  let pending = true;
  const note = () => void (pending = false);
  promise.then(note, note);
  for (let step = 0; step < 1_000 && pending; step++) {
    await clock.advance(10);
    await settled();
  }
}

function modeOf(path: string): number {
  return (Deno.lstatSync(path).mode ?? 0) & 0o777;
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
