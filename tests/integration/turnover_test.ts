import assert from "node:assert/strict";
import { Program } from "../support/program.ts";
import { SocketDirectory } from "../support/socket_directory.ts";

/** Of a message that has ended: more would be the message itself, or what was made for it. */
const MOST_BYTES = 250;
/** Of a request, whose ids stay where they were looked up. */
const MOST_OF_REQUEST = 400;

Deno.test("messages that have ended do not stay until the next full collection", async () => {
  await using directory = await SocketDirectory.create();
  await using program = new Program([
    "-A",
    "--v8-flags=--expose-gc",
    "tests/support/programs/turnover.ts",
    directory.file("bus.sock"),
  ]);
  const line = await program.nextLine();
  assert.ok(line, "the program ended without a result");
  const left = Object.entries(JSON.parse(line) as Record<string, number>);
  assert.equal(left.length, 10);
  for (const [work, bytes] of left) {
    const most = work.includes("requests") ? MOST_OF_REQUEST : MOST_BYTES;
    assert.ok(bytes <= most, `${bytes} bytes for each of ${work}`);
  }
});
