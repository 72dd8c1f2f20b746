import assert from "node:assert/strict";
import { SqliteLink } from "../../storage/sqlite_link.ts";

const THROWING = new URL("programs/throwing_worker.ts", import.meta.url);
const SILENT = new URL("programs/silent_worker.ts", import.meta.url);
const MISSING = new URL("programs/no_such_worker.ts", import.meta.url);

const LOST = { code: "storage", retryable: false };

Deno.test("SqliteLink.call() fails when its thread dies, and so do the calls after it", async () => {
  const link = new SqliteLink(THROWING);
  const { size } = await link.call({ type: "read" });
  assert.deepEqual(size, { bytes: 1, records: 2 });
  const calls = [link.call({ type: "read" }), link.call({ type: "verify" })];
  for (const call of calls) {
    await assert.rejects(call, { ...LOST, message: /out of luck/ });
  }
  await assert.rejects(link.call({ type: "read" }), LOST);
  link.end();
});

Deno.test("SqliteLink.call() fails when its thread cannot start", async () => {
  const link = new SqliteLink(MISSING);
  await assert.rejects(link.call({ type: "read" }), LOST);
  link.end();
});

Deno.test("SqliteLink.end() fails the calls that wait", async () => {
  const link = new SqliteLink(SILENT);
  const call = link.call({ type: "read" });
  link.end();
  await assert.rejects(call, { ...LOST, message: /it was closed/ });
  await assert.rejects(link.call({ type: "read" }), LOST);
  link.end();
});

Deno.test("SqliteLink.call() refuses what is more than may wait", async () => {
  const link = new SqliteLink(SILENT);
  const calls = Array.from({ length: 16 }, () => link.call({ type: "read" }));
  const late = link.call({ type: "read" });
  link.end();
  await assert.rejects(late, {
    code: "storage",
    retryable: true,
    message: /at most 16 calls/,
  });
  const ends = await Promise.allSettled(calls);
  assert.ok(ends.every(({ status }) => status === "rejected"));
});
