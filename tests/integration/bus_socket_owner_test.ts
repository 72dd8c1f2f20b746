import assert from "node:assert/strict";
import { connect } from "../../mod.ts";
import { unixTransport } from "../../transports/unix.ts";
import type { Program } from "../support/program.ts";
import { startProgram } from "../support/programs/host_process.ts";
import { SocketDirectory } from "../support/socket_directory.ts";

Deno.test("a second host is refused while the first one lives, and harms it not", async () => {
  await withSocket(async (path) => {
    await using first = await listening(path);
    await using second = startProgram("host.ts", path);
    assert.equal(await second.nextLine(), "refused unreachable");
    assert.equal(await second.status(), 3);
    const transport = unixTransport(path);
    await using sender = await connect(transport, { name: "sender" });
    await sender.send("counter", "still here", { requiresAck: true });
    assert.equal(await first.nextLine(), "still here");
  });
});

Deno.test("closing an old listener does not unlink its successor's socket", async () => {
  await withSocket(async (path) => {
    await using old = await listening(path);
    // As a person would, to make way for another.
    await Deno.remove(path);
    await using successor = await listening(path);
    await old.say("close");
    await old.say("stats");
    assert.match(await old.nextLine() ?? "", /^stats /);
    const transport = unixTransport(path);
    await using sender = await connect(transport, { name: "sender" });
    await sender.send("counter", "to the successor", { requiresAck: true });
    assert.equal(await successor.nextLine(), "to the successor");
  });
});

async function withSocket(use: (path: string) => Promise<void>): Promise<void> {
  await using directory = await SocketDirectory.create();
  await use(directory.file("bus.sock"));
}

async function listening(path: string): Promise<Program> {
  const host = startProgram("host.ts", path);
  assert.equal(await host.nextLine(), "listening");
  return host;
}
