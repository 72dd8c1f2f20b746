import assert from "node:assert/strict";
import { BusError } from "../../core/errors.ts";
import { sqliteStore } from "../../storage/sqlite_store.ts";
import { readFile, WrittenStore } from "./written_store.ts";

const HOLDER = new URL("programs/holder.ts", import.meta.url);

/** A process that has the store at a path open. */
async function holderOf(path: string): Promise<Deno.ChildProcess> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "-A", HOLDER.pathname, path],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  assert.equal(new TextDecoder().decode(value), "held\n");
  await reader.cancel();
  return child;
}

/** Where branches are counted a thread takes longer to begin and to end. */
const LIMIT_MS = Deno.env.has("DENO_COVERAGE_DIR") ? 5_000 : 1_000;

Deno.test("a second process is refused within a second, and may open the file once the first was killed", async () => {
  using written = new WrittenStore();
  const child = await holderOf(written.path);
  await using store = sqliteStore(written.path);
  // The first attempt has the thread's program compiled; whatever else the machine does only makes one longer.
  let tookMs = Infinity;
  for (let attempt = 0; attempt < 4; attempt++) {
    const began = performance.now();
    await assert.rejects(Array.fromAsync(store.open()), (error) => {
      assert.ok(error instanceof BusError);
      assert.equal(error.code, "storage");
      assert.match(error.message, /bus\.db.* one bus at a time: it is in use/);
      return true;
    });
    tookMs = Math.min(tookMs, performance.now() - began);
  }
  assert.ok(tookMs < LIMIT_MS, `refused after ${tookMs} ms`);
  child.kill("SIGKILL");
  await child.status;
  const groups = await Array.fromAsync(store.open());
  assert.deepEqual(groups.flat().map(({ key }) => key), [0]);
});

Deno.test("a refused open() leaves the file held by who has it", async () => {
  using written = new WrittenStore();
  const { file } = readFile(written.path);
  for (let attempt = 0; attempt < 2; attempt++) {
    await using store = sqliteStore(written.path);
    await assert.rejects(Array.fromAsync(store.open()), /in use/);
  }
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "-A", HOLDER.pathname, written.path],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const { success, stderr } = await child.output();
  assert.equal(success, false);
  assert.match(new TextDecoder().decode(stderr), /in use/);
  file.close();
});

Deno.test("a store that was refused opens once the other is closed", async () => {
  using written = new WrittenStore();
  await using first = sqliteStore(written.path);
  await using second = sqliteStore(written.path);
  await Array.fromAsync(first.open());
  await assert.rejects(Array.fromAsync(second.open()), { code: "storage" });
  await first.close();
  assert.deepEqual(await Array.fromAsync(second.open()), []);
});
