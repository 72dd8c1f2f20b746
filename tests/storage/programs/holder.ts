import { sqliteStore } from "../../../storage/sqlite_store.ts";

/** Opens the store at a path, keeps a record in it, says so, and stays until it is killed. */
const store = sqliteStore(Deno.args[0] ?? "");
let records = 0;
for await (const group of store.open()) records += group.length;
const state = new Uint8Array();
const body = Uint8Array.of(records);
await store.commit([{ type: "put", kind: "copy", key: records, body, state }]);
await Deno.stdout.write(new TextEncoder().encode("held\n"));
await new Promise(() => {});
