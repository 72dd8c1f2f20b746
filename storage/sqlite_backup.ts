import { renameSync } from "node:fs";
import type { SqliteDatabase } from "./sqlite_database.ts";
import { claimFile, createFile, removeFile, syncFile } from "./store_files.ts";

/**
 * Writes a copy of what is committed to a file that does not exist: it has
 * that name once all of it is on the disk.
 */
export function writeBackup(database: SqliteDatabase, path: string): void {
  const part = `${path}-part`;
  removeFile(part);
  // Whoever has the name first keeps it.
  claimFile(path);
  createFile(part);
  try {
    database.run("VACUUM INTO ?", part);
    syncFile(part);
    renameSync(part, path);
  } catch (error) {
    removeFile(part);
    removeFile(path);
    throw error;
  }
}
