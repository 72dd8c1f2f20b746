import type { Store } from "../../../storage/store.ts";
import { sqliteStore } from "../../../storage/sqlite_store.ts";
import { HastyStore } from "./hasty_store.ts";
import { PlainStore } from "./plain_store.ts";

/** The store that is put to the torture, and those that must not stand it. */
export type StoreKind = "sqlite" | "hasty" | "unsynced" | "seldom-synced";

/** So that checkpoints are frequent, and files small. */
const OPTIONS = { checkpointBytes: 128 * 1024, reserveBytes: 64 * 1024 };

/** Makes the store on a file. */
export function storeOf(kind: StoreKind, path: string): Store {
  switch (kind) {
    case "sqlite":
      return sqliteStore(path, OPTIONS);
    case "hasty":
      return new HastyStore(sqliteStore(path, OPTIONS));
    case "unsynced":
      return new PlainStore(path, "OFF");
    case "seldom-synced":
      return new PlainStore(path, "NORMAL");
  }
}
