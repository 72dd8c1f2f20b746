import assert from "node:assert/strict";
import { sqliteStore } from "../../storage/sqlite_store.ts";
import { SocketDirectory } from "../support/socket_directory.ts";
import { busbar, serveProcess } from "./support/busbar_process.ts";
import { run } from "./support/test_terminal.ts";

/** A store's file with one dead letter in it, that no bus has open. */
async function makeStore(path: string): Promise<void> {
  const { MessageBus } = await import("../../mod.ts");
  await using bus = new MessageBus({ store: sqliteStore(path) });
  await bus.ready();
  await bus.agent("sender").send("nobody", "kept", { requiresAck: true });
}

Deno.test("busbar backup copies a store, which busbar verify finds whole", async () => {
  await using directory = await SocketDirectory.create();
  const [store, copy] = [directory.file("a.db"), directory.file("b.db")];
  const env = { BUSBAR_SOCKET: directory.file("none.sock") };
  await makeStore(store);
  const made = await run(["backup", store, copy, "--json"], { env });
  assert.equal(made.code, 0, made.notes.join());
  const told = JSON.parse(made.out[0] ?? "");
  assert.equal(told.records, 1);
  assert.equal(told.bytes, (await Deno.stat(copy)).size);
  const verified = await run(["verify", copy], { env });
  assert.equal(verified.code, 0);
  assert.match(verified.out.join("\n"), /^letter +1$/m);
  const again = await run(["backup", store, copy], { env });
  assert.equal(again.code, 1);
  assert.deepEqual(again.notes, [
    `busbar: Cannot write the copy to ${copy} as there must be no such file: there is one; name another`,
  ]);
});

Deno.test("busbar backup and verify make no store where there is none", async () => {
  await using directory = await SocketDirectory.create();
  const store = directory.file("a.db");
  for (const args of [["verify", store], ["backup", store, `${store}2`]]) {
    const { code, notes } = await run(args);
    assert.equal(code, 4);
    assert.deepEqual(notes, [
      `busbar: Cannot open store ${store} as it must be a file: there is none`,
    ]);
  }
  assert.deepEqual(await Array.fromAsync(Deno.readDir(directory.path)), []);
});

Deno.test("busbar verify finds a turned bit, and ends with status 7", async () => {
  await using directory = await SocketDirectory.create();
  const store = directory.file("a.db");
  await makeStore(store);
  const bytes = await Deno.readFile(store);
  const at = new TextDecoder("latin1").decode(bytes).indexOf("kept");
  assert.ok(at > 0);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await Deno.writeFile(store, bytes);
  const { code, out, notes } = await run(["verify", store, "--json"]);
  assert.equal(code, 7, notes.join());
  const { ok, damaged, setAside } = JSON.parse(out[0] ?? "");
  assert.ok(!ok && damaged.length === 1 || setAside === 1);
  assert.match(notes[0] ?? "", /^busbar: Cannot vouch for /);
});

Deno.test("a bus that has the store open makes the copy itself, and goes on", async () => {
  await using directory = await SocketDirectory.create();
  const [store, copy] = [directory.file("a.db"), directory.file("b.db")];
  const socket = directory.file("bus.sock");
  const { program } = await serveProcess([
    "--socket",
    socket,
    "--store",
    store,
  ]);
  await using _serve = program;
  const send = ["send", "nobody", "x", "--ack", "--socket", socket];
  assert.equal((await busbar(send)).code, 4);
  const own = ["--socket", socket];
  const made = await run(["backup", store, copy, "--json", ...own]);
  assert.equal(made.code, 0, made.notes.join());
  const { mode } = await Deno.stat(copy);
  assert.equal((mode ?? 0) & 0o777, 0o600);
  const verified = await run(["verify", store, "--json", ...own]);
  assert.equal(JSON.parse(verified.out[0] ?? "").records.letter, 1);
  assert.equal((await busbar(send)).code, 4, "it goes on");

  const unknown = await run(["verify", store], {
    env: { BUSBAR_SOCKET: directory.file("none.sock") },
  });
  assert.equal(unknown.code, 1);
  assert.deepEqual(unknown.notes, [
    `busbar: Cannot open "${store}" as it belongs to one bus at a time: it is in use; name the socket of its bus with --socket, or end the bus; "busbar doctor --store ${store}" says who has it`,
  ]);
  await program.interrupt();
  assert.equal((await run(["verify", copy])).code, 0);
});
