import { createFile, type SqliteDatabase } from "./sqlite_database.ts";

/**
 * Writes a copy of what is committed to a file that does not exist: it has
 * that name once all of it is on the disk.
 */
export function writeBackup(database: SqliteDatabase, path: string): void {
  const part = `${path}-part`;
  remove(part);
  // Whoever has the name first keeps it.
  Deno.openSync(path, { createNew: true, write: true }).close();
  createFile(part);
  try {
    database.run("VACUUM INTO ?", part);
    sync(part);
    Deno.renameSync(part, path);
  } catch (error) {
    remove(part);
    remove(path);
    throw error;
  }
}

/** SQLite leaves it to the system when a copy gets to the disk. */
function sync(path: string): void {
  using file = Deno.openSync(path, { read: true, write: true });
  file.syncSync();
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
