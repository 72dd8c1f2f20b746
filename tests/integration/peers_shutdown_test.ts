import assert from "node:assert/strict";
import { memoryTransport } from "../../mod.ts";
import { unixTransport } from "../../transports/unix.ts";
import { endAtAnyMoment } from "../peers/shutdown_rounds.ts";
import { SocketDirectory } from "../support/socket_directory.ts";

/** Of what is documented: an end waits for nobody but a peer that does not read. */
const SOON_MS = 600;

Deno.test("MessageBus ends at any moment in good time, with all that was accepted accounted for", async () => {
  const { longestMs, problems } = await endAtAnyMoment(
    seeds(1, 100),
    () => memoryTransport(),
  );
  assert.deepEqual(problems, []);
  assert.ok(longestMs < SOON_MS, `${longestMs}`);
});

Deno.test("MessageBus ends at any moment over a Unix socket, whose file goes with it", async () => {
  await using directory = await SocketDirectory.create();
  const path = directory.file("bus.sock");
  const { longestMs, problems } = await endAtAnyMoment(
    seeds(1_000, 60),
    () => unixTransport(path),
  );
  assert.deepEqual(problems, []);
  assert.ok(longestMs < SOON_MS, `${longestMs}`);
  assert.throws(() => Deno.lstatSync(path), Deno.errors.NotFound);
});

function seeds(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => first + at);
}
