import { sqliteStore } from "../../../storage/sqlite_store.ts";

/**
 * Keeps records in the store at a path, one batch for each line that it reads,
 * and says for each what came of it.
 */
const store = sqliteStore(Deno.args[0] ?? "", { reserveBytes: 0 });
await Array.fromAsync(store.open());
console.log(Deno.pid);
const body = new Uint8Array(100_000);
const state = new Uint8Array(1);
let key = 0;
for await (const _ of Deno.stdin.readable) {
  try {
    await store.commit([{ type: "put", kind: "copy", key, body, state }]);
    console.log(`kept ${key++}`);
  } catch (error) {
    const { code, retryable } = error as { code: string; retryable: boolean };
    console.log(`failed ${code} ${retryable} ${store.size.records}`);
  }
}
await store.close();
