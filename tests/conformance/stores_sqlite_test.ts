import { sqliteStore } from "../../storage/sqlite_store.ts";
import { testStore } from "../../testing/store_conformance.ts";

testStore({
  name: "sqliteStore",
  setup: async () => {
    const directory = await Deno.makeTempDir();
    const path = `${directory}/bus.db`;
    return {
      store: sqliteStore(path),
      again: () => sqliteStore(path),
      [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
    };
  },
});
