import { recordsOf } from "../../../storage/record_group.ts";
import { SqliteFile } from "../../../storage/sqlite_file.ts";
import type { StoredRecord } from "../../../storage/store.ts";
import { PlainStore } from "../programs/plain_store.ts";
import type { StoreKind } from "../programs/stores.ts";

const OPTIONS = { reserveBytes: 0, checkpointBytes: 4 * 1024 * 1024 };

/** Opens a store's file as the store does after a power cut, and reads all of it. */
export function recordsAt(
  path: string,
  kind: StoreKind,
): readonly StoredRecord[] {
  if (kind === "sqlite" || kind === "hasty") {
    using file = SqliteFile.open(path, OPTIONS);
    return [...file.read()].flatMap(recordsOf);
  }
  const store = new PlainStore(path, "FULL");
  try {
    return store.recordsNow();
  } finally {
    store.closeNow();
  }
}
