import assert from "node:assert/strict";
import { type Clock, systemClock } from "../../core/clock.ts";
import { LIMITS } from "../../core/limits.ts";
import { unixTransport } from "../../transports/unix.ts";
import { SocketDirectory } from "../support/socket_directory.ts";

Deno.test("unixTransport.dial() waits while too many wait to be accepted", async () => {
  await withFullLine(async ({ path, takeOne }) => {
    const dialing = unixTransport(path).dial();
    await takeOne();
    await using _connection = await dialing;
  });
});

Deno.test("unixTransport.dial() gives up once too many have waited for too long", async () => {
  await withFullLine(async ({ path }) => {
    let nowMs = 0;
    const clock: Clock = {
      ...systemClock,
      monotonic: () => nowMs,
      schedule: (delayMs, callback) => {
        nowMs += 10 * delayMs;
        return systemClock.schedule(0, callback);
      },
    };
    await assert.rejects(unixTransport(path, { clock }).dial(), {
      code: "unreachable",
      message: /too many wait to be accepted/,
    });
    assert.ok(nowMs >= LIMITS.welcomeTimeoutMs, `${nowMs}`);
  });
});

Deno.test("unixTransport.dial() stops waiting with its signal's reason", async () => {
  await withFullLine(async ({ path }) => {
    const stop = new AbortController();
    const dialing = unixTransport(path).dial({ signal: stop.signal });
    stop.abort("enough");
    await assert.rejects(dialing, (reason) => reason === "enough");
  });
});

/** Runs a test at a socket where nobody accepts, and as many wait as the kernel lets. */
async function withFullLine(
  use: (at: { path: string; takeOne: () => Promise<void> }) => Promise<void>,
): Promise<void> {
  await using directory = await SocketDirectory.create();
  const path = directory.file("bus.sock");
  using listener = Deno.listen({ transport: "unix", path });
  const open: Deno.Conn[] = [];
  try {
    for (;;) open.push(await Deno.connect({ transport: "unix", path }));
  } catch (error) {
    assert.ok(error instanceof Deno.errors.WouldBlock, `${error}`);
  }
  try {
    await use({
      path,
      takeOne: async () => void open.push(await listener.accept()),
    });
  } finally {
    for (const one of open) one.close();
  }
}
