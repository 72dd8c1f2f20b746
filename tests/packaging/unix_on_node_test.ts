import assert from "node:assert/strict";
import { systemClock } from "../../core/clock.ts";
import { LIMITS } from "../../core/limits.ts";
import { testTransport } from "../../testing/transport_conformance.ts";
import type { Connection } from "../../transports/transport.ts";
import { nodePlatform } from "../../transports/unix_node.ts";
import { UnixTransport } from "../../transports/unix_transport.ts";
import { SocketDirectory } from "../support/socket_directory.ts";

// By Deno's own node:net and node:fs; what they do in Node itself, node_test.ts tells.
function transportIn(directory: SocketDirectory): UnixTransport {
  return new UnixTransport({
    platform: () => nodePlatform,
    path: directory.file("bus.sock"),
    mode: 0o600,
    clock: systemClock,
  });
}

testTransport({
  name: "unixTransport on node:net",
  setup: async () => {
    const directory = await SocketDirectory.create();
    return {
      transport: transportIn(directory),
      [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
    };
  },
});

Deno.test("a listener on node:net keeps 1,024 peers that nobody takes, and cuts off who comes then", async () => {
  await using directory = await SocketDirectory.create();
  const transport = transportIn(directory);
  const listener = await transport.listen();
  const dialed: Connection[] = [];
  for (let count = 0; count < LIMITS.maxBacklog + 1; count++) {
    dialed.push(await transport.dial());
  }
  const arrivals = listener[Symbol.asyncIterator]();
  for (let count = 0; count < LIMITS.maxBacklog; count++) {
    const { value } = await arrivals.next();
    await value.close();
  }
  const one = arrivals.next();
  const end = dialed.at(-1)?.read(new Uint8Array(1));
  assert.equal(await Promise.race([one, end]), null);
  for (const connection of dialed) await connection.close();
  await listener.close();
  assert.equal((await one).done, true);
});

Deno.test("a directory is locked by one at a time, on Node too", async () => {
  await using directory = await SocketDirectory.create();
  const first = await nodePlatform.lockDirectory(directory.path);
  assert.ok(first);
  assert.equal(await nodePlatform.lockDirectory(directory.path), undefined);
  first.close();
  const second = await nodePlatform.lockDirectory(directory.path);
  assert.ok(second);
  second.close();
});
