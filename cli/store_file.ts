import { BusError } from "../connect.ts";
import { type SqliteStore, sqliteStore } from "../storage/sqlite_store.ts";
import { CommandError } from "./command_error.ts";
import { EXIT } from "./exit_code.ts";
import { socketOf, type SocketOption } from "./reach.ts";
import type { Terminal } from "./terminal.ts";
import { readWhereabouts } from "./whereabouts.ts";

/**
 * Opens the file of a store that exists, for as long as `work` takes.
 *
 * @throws {CommandError} If there is none, or a bus has it.
 */
export async function withStoreFile<T>(
  path: string,
  work: (store: SqliteStore) => Promise<T>,
): Promise<T> {
  await using store = sqliteStore(path);
  try {
    // What it holds is read to its end: only then is it open.
    for await (const _records of store.open());
  } catch (cause) {
    if (!(cause instanceof BusError) || !cause.message.includes("in use")) {
      throw cause;
    }
    throw new CommandError(
      EXIT.failed,
      `${cause.message}; name the socket of its bus with --socket, or end the bus; "busbar doctor --store ${path}" says who has it`,
      { cause },
    );
  }
  return await work(store);
}

/**
 * Where the bus that has a store's file open can be asked to work on it.
 *
 * @returns Nothing where no bus has it that the command knows of.
 * @throws {CommandError} If there is no such file.
 */
export async function keeperOf(
  terminal: Terminal,
  options: SocketOption,
  path: string,
): Promise<string | undefined> {
  const file = await statFile(path);
  const bus = await readWhereabouts(socketOf(terminal, options));
  if (bus?.store === undefined || bus.keeper === undefined) return undefined;
  const kept = await Deno.stat(bus.store).catch(() => undefined);
  const isSame = kept?.dev === file.dev && kept?.ino === file.ino;
  return isSame && await isThere(bus.keeper) ? bus.keeper : undefined;
}

/** A bus that was killed has left its socket. */
async function isThere(socket: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path: socket })).close();
    return true;
  } catch {
    return false;
  }
}

/** A store makes a file where there is none, which nobody who names a wrong one wants. */
async function statFile(path: string): Promise<Deno.FileInfo> {
  let state = "it is something else";
  try {
    const file = await Deno.stat(path);
    if (file.isFile) return file;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    state = "there is none";
  }
  throw new CommandError(
    EXIT.notFound,
    `Cannot open store ${path} as it must be a file: ${state}`,
  );
}
