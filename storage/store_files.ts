import {
  closeSync,
  fsyncSync,
  openSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";

/** Mode of a file that is made. */
const OWNER_ALONE = 0o600;

/**
 * Makes an empty file that only its owner can read: what SQLite puts beside it
 * has the same mode. One that is there is not even opened, as to close it again
 * would end the locks that this process has on it. Whatever else hinders it,
 * SQLite is to tell of.
 */
export function createFile(path: string): void {
  try {
    claimFile(path, OWNER_ALONE);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
}

/** Makes an empty file, and throws if there is one. */
export function claimFile(path: string, mode?: number): void {
  closeSync(openSync(path, "wx", mode));
}

/** Brings to the disk what was written to a file; SQLite leaves it to the system when a copy gets there. */
export function syncFile(path: string): void {
  const file = openSync(path, "r+");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Writes a file anew, to the disk. */
export function writeFile(path: string, bytes: Uint8Array): void {
  const file = openSync(path, "w");
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** How large a file is, in bytes; `undefined` where there is none. */
export function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

/** Removes a file. @returns Whether there was one. */
export function removeFile(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return false;
    }
    throw error;
  }
}
