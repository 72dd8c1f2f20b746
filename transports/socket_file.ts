import { type Clock, sleep } from "../core/clock.ts";
import { BusError } from "../core/errors.ts";

/** Longest path of a Unix socket, in bytes: what the kernel's address holds (`SUN_LEN`). */
export const MAX_PATH_BYTES = 107;
/** How long to wait for others who bind or unlink in the same directory, in milliseconds. */
const LOCK_TIMEOUT_MS = 2_000;
const LOCK_STEP_MS = 10;
const GROUP_AND_OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/** Where a listener's socket file is, and which file it is. */
export interface SocketFile {
  /** Its path. */
  readonly path: string;
  /** Its device. */
  readonly dev: number;
  /** Its number on the device; not used again while the socket is open. */
  readonly ino: number | null;
}

/** A listening socket and the file that leads to it. */
export interface BoundSocket {
  /** What accepts. */
  readonly listener: Deno.UnixListener;
  /** What is dialed. */
  readonly file: SocketFile;
}

/**
 * Binds a listening socket to a path, in place of a file that a dead process
 * left behind.
 *
 * @throws {BusError} With code `"unreachable"` if somebody listens there, if
 * something else is there, or if others may write into the directory.
 */
export async function bindSocket(
  path: string,
  mode: number,
  clock: Clock,
): Promise<BoundSocket> {
  const directory = dirname(path);
  await prepareDirectory(path, directory);
  using _lock = await lockDirectory(directory, clock);
  await removeStaleSocket(path);
  // No turn ends between these lines: nobody in this process sees the file
  // with the mode that the umask gave it.
  const listener = listenUnix(path);
  try {
    Deno.chmodSync(path, mode);
    const { dev, ino } = Deno.lstatSync(path);
    return { listener, file: { path, dev, ino } };
  } catch (cause) {
    listener.close();
    throw cannotListen(path, "its file must be the listener's own", cause);
  }
}

/**
 * Closes a listening socket. Its file is removed, but not the file of another
 * process that has been bound to the same path since.
 */
export async function releaseSocket(
  { listener, file }: BoundSocket,
  accepting: Promise<unknown> | undefined,
  clock: Clock,
): Promise<void> {
  const close = async () => {
    listener.close();
    // The platform removes whatever is at the path as soon as the last accept
    // has ended, and not before.
    await accepting?.catch(() => {});
  };
  let lock: Deno.FsFile | undefined;
  try {
    lock = await lockDirectory(dirname(file.path), clock);
  } catch {
    // The directory is gone, or held for too long: closing must not fail for it.
  }
  try {
    await (isForeign(file) ? aside(file.path, close) : close());
  } finally {
    lock?.close();
  }
}

async function prepareDirectory(
  path: string,
  directory: string,
): Promise<void> {
  try {
    await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    throw cannotListen(path, "its directory must exist or be made", cause);
  }
  const { mode, uid } = await Deno.stat(directory);
  if (((mode ?? 0) & GROUP_AND_OTHERS_WRITE) === 0) return;
  // As in /tmp: others may add files, but not replace those they do not own.
  if (((mode ?? 0) & STICKY) !== 0 && uid === 0) return;
  throw cannotListen(
    path,
    `only its owner may write into ${directory}, so that nobody replaces the socket`,
    undefined,
    `its mode is ${
      ((mode ?? 0) & 0o7777).toString(8)
    }; take write access from group and others (chmod go-w), or name a directory that does not exist yet`,
  );
}

/** Keeps two processes from binding, or unlinking, in one directory at the same time. */
async function lockDirectory(
  directory: string,
  clock: Clock,
): Promise<Deno.FsFile> {
  const file = await Deno.open(directory);
  try {
    const startedAt = clock.monotonic();
    while (!await file.tryLock(true)) {
      if (clock.monotonic() - startedAt >= LOCK_TIMEOUT_MS) {
        throw new BusError(
          "unreachable",
          `Cannot lock ${directory} as others must let go of it within ${LOCK_TIMEOUT_MS} ms: they have not`,
        );
      }
      await sleep(clock, LOCK_STEP_MS);
    }
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

async function removeStaleSocket(path: string): Promise<void> {
  const found = lookAt(path);
  if (!found) return;
  if (!found.isSocket) {
    throw cannotListen(
      path,
      "only a socket left by a dead process may be in the way",
      undefined,
      "there is something else",
    );
  }
  if (await isAlive(path)) {
    throw cannotListen(
      path,
      "one process at a time may listen there",
      undefined,
      "another process listens there",
    );
  }
  Deno.removeSync(path);
}

/** Whether a process may still accept: anything but a refusal is taken for a yes. */
async function isAlive(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return !(error instanceof Deno.errors.ConnectionRefused ||
      error instanceof Deno.errors.NotFound);
  }
}

function listenUnix(path: string): Deno.UnixListener {
  try {
    return Deno.listen({ transport: "unix", path });
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    throw cannotListen(path, "the address must be free and usable", cause);
  }
}

function isForeign(file: SocketFile): boolean {
  const found = lookAt(file.path);
  if (!found) return false;
  return found.dev !== file.dev || found.ino !== file.ino;
}

function lookAt(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Keeps the file at `path`, under a second name, from being removed by `task`. */
async function aside(path: string, task: () => Promise<void>): Promise<void> {
  const second = `${path}.kept`;
  Deno.linkSync(path, second);
  try {
    await task();
  } finally {
    // Over nothing: the lock keeps others from binding to the path meanwhile.
    Deno.renameSync(second, path);
    // Two names of one file are both left by a rename: the path was not removed.
    if (lookAt(second)) Deno.removeSync(second);
  }
}

function cannotListen(
  path: string,
  rule: string,
  cause: unknown,
  state: string = cause instanceof Error ? cause.message : "it is not",
): BusError {
  return new BusError(
    "unreachable",
    `Cannot listen on ${path} as ${rule}: ${state}`,
    { cause },
  );
}

/** The directory that a path names a file of. Not `node:path`'s: importing that takes 8 ms and 5 MiB. */
function dirname(path: string): string {
  const end = path.lastIndexOf("/");
  return end < 0 ? "." : path.slice(0, end) || "/";
}
