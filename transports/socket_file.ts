import { type Clock, sleep } from "../core/clock.ts";
import { BusError } from "../core/errors.ts";
import type {
  BoundSocket,
  DirectoryLock,
  SocketFile,
  UnixPlatform,
} from "./unix_platform.ts";

/** Longest path of a Unix socket, in bytes: what the kernel's address holds (`SUN_LEN`). */
export const MAX_PATH_BYTES = 107;
/** How long to wait for others who bind or unlink in the same directory, in milliseconds. */
const LOCK_TIMEOUT_MS = 2_000;
const LOCK_STEP_MS = 10;
const GROUP_AND_OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/** Binds and unlinks socket files: one after the other in each directory. */
export class SocketFiles {
  readonly #platform: UnixPlatform;
  readonly #clock: Clock;

  /** Files of the given platform; waits by the given clock. */
  constructor(platform: UnixPlatform, clock: Clock) {
    this.#platform = platform;
    this.#clock = clock;
  }

  /**
   * Binds a listening socket to a path, in place of a file that a dead process
   * left behind.
   *
   * @throws {BusError} With code `"unreachable"` if somebody listens there, if
   * something else is there, or if others may write into the directory.
   */
  async bind(path: string, mode: number): Promise<BoundSocket> {
    const directory = dirname(path);
    await this.#prepareDirectory(path, directory);
    const lock = await this.#lockDirectory(directory);
    try {
      await this.#removeStale(path);
      return await this.#platform.bind(path, mode);
    } catch (cause) {
      if (cause instanceof BusError || this.#isForbidden(cause)) throw cause;
      throw cannotListen(path, "the address must be free and usable", cause);
    } finally {
      lock.close();
    }
  }

  /**
   * Closes a listening socket. Its file is removed, but not the file of another
   * process that has been bound to the same path since.
   */
  async release(
    { listener, file }: BoundSocket,
    accepting: Promise<unknown> | undefined,
  ): Promise<void> {
    const close = async () => {
      listener.close();
      // The platform removes whatever is at the path as soon as the last accept
      // has ended, and not before.
      await accepting?.catch(() => {});
    };
    let lock: DirectoryLock | undefined;
    try {
      lock = await this.#lockDirectory(dirname(file.path));
    } catch {
      // The directory is gone, or held for too long: closing must not fail for it.
    }
    try {
      await (this.#isForeign(file) ? this.#aside(file.path, close) : close());
    } finally {
      lock?.close();
    }
  }

  async #prepareDirectory(path: string, directory: string): Promise<void> {
    try {
      await this.#platform.makeDirectory(directory, 0o700);
    } catch (cause) {
      if (this.#isForbidden(cause)) throw cause;
      throw cannotListen(path, "its directory must exist or be made", cause);
    }
    const { mode, uid } = await this.#platform.lookAtDirectory(directory);
    if ((mode & GROUP_AND_OTHERS_WRITE) === 0) return;
    // As in /tmp: others may add files, but not replace those they do not own.
    if ((mode & STICKY) !== 0 && uid === 0) return;
    throw cannotListen(
      path,
      `only its owner may write into ${directory}, so that nobody replaces the socket`,
      undefined,
      `its mode is ${
        (mode & 0o7777).toString(8)
      }; take write access from group and others (chmod go-w), or name a directory that does not exist yet`,
    );
  }

  /** Keeps two processes from binding, or unlinking, in one directory at the same time. */
  async #lockDirectory(directory: string): Promise<DirectoryLock> {
    const startedAt = this.#clock.monotonic();
    for (;;) {
      const lock = await this.#platform.lockDirectory(directory);
      if (lock) return lock;
      if (this.#clock.monotonic() - startedAt >= LOCK_TIMEOUT_MS) {
        throw new BusError(
          "unreachable",
          `Cannot lock ${directory} as others must let go of it within ${LOCK_TIMEOUT_MS} ms: they have not`,
        );
      }
      await sleep(this.#clock, LOCK_STEP_MS);
    }
  }

  async #removeStale(path: string): Promise<void> {
    const found = this.#platform.lookAt(path);
    if (!found) return;
    if (!found.isSocket) {
      throw cannotListen(
        path,
        "only a socket left by a dead process may be in the way",
        undefined,
        "there is something else",
      );
    }
    // Not all platforms lock: by now another may have put its own file there.
    if (await this.#isAlive(path) || this.#isForeign({ path, ...found })) {
      throw cannotListen(
        path,
        "one process at a time may listen there",
        undefined,
        "another process listens there",
      );
    }
    this.#platform.remove(path);
  }

  /** Whether a process may still accept: anything but a refusal is taken for a yes. */
  async #isAlive(path: string): Promise<boolean> {
    try {
      (await this.#platform.connect(path)).close();
      return true;
    } catch (error) {
      if (this.#isForbidden(error)) throw error;
      const refusal = this.#platform.refusalOf(error);
      return refusal !== "refused" && refusal !== "missing";
    }
  }

  /** Whether there is a file at the path, and another one than this. */
  #isForeign(file: SocketFile): boolean {
    const found = this.#platform.lookAt(file.path);
    if (!found) return false;
    return found.dev !== file.dev || found.ino !== file.ino;
  }

  #isForbidden(error: unknown): boolean {
    return this.#platform.refusalOf(error) === "forbidden";
  }

  /** Keeps the file at `path`, under a second name, from being removed by `task`. */
  async #aside(path: string, task: () => Promise<void>): Promise<void> {
    const second = `${path}.kept`;
    this.#platform.link(path, second);
    try {
      await task();
    } finally {
      // Over nothing: the lock keeps others from binding to the path meanwhile.
      this.#platform.rename(second, path);
      // Two names of one file are both left by a rename: the path was not removed.
      if (this.#platform.lookAt(second)) this.#platform.remove(second);
    }
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
