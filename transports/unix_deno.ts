import type { BoundSocket, Refusal, UnixPlatform } from "./unix_platform.ts";

/** Unix sockets as Deno has them: its own objects, with nothing around them. */
export const denoPlatform: UnixPlatform = {
  connect: (path) => Deno.connect({ transport: "unix", path }),
  // deno-lint-ignore require-await -- so that whatever throws becomes a rejection.
  bind: async (path, mode) => bind(path, mode),
  lookAt(path) {
    try {
      return Deno.lstatSync(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  },
  makeDirectory: (path, mode) => Deno.mkdir(path, { recursive: true, mode }),
  async lookAtDirectory(path) {
    const { mode, uid } = await Deno.stat(path);
    return { mode: mode ?? 0, uid };
  },
  lockDirectory,
  link: (path, second) => Deno.linkSync(path, second),
  rename: (path, other) => Deno.renameSync(path, other),
  remove: (path) => Deno.removeSync(path),
  refusalOf,
  forbidden,
};

function bind(path: string, mode: number): BoundSocket {
  const listener = Deno.listen({ transport: "unix", path });
  try {
    Deno.chmodSync(path, mode);
    const { dev, ino } = Deno.lstatSync(path);
    return { listener, file: { path, dev, ino } };
  } catch (error) {
    listener.close();
    throw error;
  }
}

async function lockDirectory(path: string): Promise<Deno.FsFile | undefined> {
  const directory = await Deno.open(path);
  try {
    if (await directory.tryLock(true)) return directory;
  } catch (error) {
    directory.close();
    throw error;
  }
  directory.close();
  return undefined;
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Deno.errors.NotCapable) return "forbidden";
  if (error instanceof Deno.errors.NotFound) return "missing";
  if (error instanceof Deno.errors.ConnectionRefused) return "refused";
  return error instanceof Deno.errors.WouldBlock ? "full" : "other";
}

function forbidden(cause: unknown, path: string): unknown {
  if (!(cause instanceof Error)) return cause;
  const folder = path.slice(0, path.lastIndexOf("/")) || ".";
  const absolute = path.startsWith("/") ? path : `/…/${path}`;
  return new Deno.errors.NotCapable(
    `${cause.message}; in all, a socket takes --allow-read=${folder} --allow-write=${folder} --allow-net=unix:${absolute}`,
    { cause },
  );
}
