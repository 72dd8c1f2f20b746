import assert from "node:assert/strict";
import { sqliteStore } from "../../storage/sqlite_store.ts";

const STORE = new URL("../../storage/sqlite_store.ts", import.meta.url).href;

/** Opens a store, keeps one record more, and says how many there were. */
const PROGRAM = `
import { sqliteStore } from ${JSON.stringify(STORE)};
const store = sqliteStore("run.db");
let count = 0;
for await (const records of store.open()) count += records.length;
const bytes = new Uint8Array(1);
const put = { type: "put", kind: "copy", key: count, body: bytes, state: bytes };
await store.commit([put as const]);
await store.close();
console.log(count);
`;

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "busbar-store-" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a store is opened again with the rights to read, and to write into its folder", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/main.ts`, PROGRAM);
    for (const before of ["0\n", "1\n", "2\n"]) {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "--no-prompt", "--no-check"],
          ...["--allow-read", `--allow-write=${folder}`, "main.ts"],
        ],
        cwd: folder,
      }).output();
      assert.equal(code, 0, new TextDecoder().decode(stderr));
      assert.equal(new TextDecoder().decode(stdout), before);
    }
  }));

Deno.test("a store's files, and its backup, are for their owner alone", () =>
  inFolder(async (folder) => {
    await using store = sqliteStore(`${folder}/run.db`);
    for await (const _ of store.open());
    const bytes = new Uint8Array(1);
    const record = { kind: "copy", key: 1, body: bytes, state: bytes } as const;
    await store.commit([{ type: "put", ...record }]);
    await store.backup(`${folder}/copy.db`);
    for (const { name } of Deno.readDirSync(folder)) {
      const { mode } = Deno.statSync(`${folder}/${name}`);
      assert.equal((mode ?? 0) & 0o777, 0o600, name);
    }
  }));
