import { MissingProgram, type Server } from "./peer.ts";

/** Longest that a server may take until it can be reached, in milliseconds. */
const START_TIMEOUT_MS = 10_000;

/** How a server's program is started. */
export interface ServerProgram {
  readonly program: string;
  readonly args: readonly string[];
  /** The Debian package that it comes with. */
  readonly packageName: string;
  /** What clients are told. */
  readonly address: string;
  /** Where it listens. */
  readonly listens: Deno.ConnectOptions | Deno.UnixConnectOptions;
}

/**
 * Starts a server, and waits until it can be reached.
 *
 * @throws {MissingProgram} If it is not installed.
 */
export async function startServer(
  { program, args, packageName, address, listens }: ServerProgram,
): Promise<Server> {
  const path = await pathOf(program);
  if (path === undefined) throw new MissingProgram(program, packageName);
  const process = new Deno.Command(path, {
    args: [...args],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const server = {
    address,
    pid: process.pid,
    [Symbol.asyncDispose]: () => end(process),
  };
  try {
    await reach(listens);
  } catch (error) {
    await end(process);
    throw new Error(`${program} does not answer`, { cause: error });
  }
  return server;
}

/** The first line that a program says of itself. */
export async function programVersion(
  program: string,
  ...args: string[]
): Promise<string> {
  const path = await pathOf(program);
  if (path === undefined) return "not installed";
  const output = await new Deno.Command(path, { args }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(output.stdout) || decoder.decode(output.stderr);
  return /\d+\.\d+\.\d+/.exec(text)?.[0] ?? "unknown";
}

/** A port on the loopback interface that nobody has at the moment. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Debian puts servers where only root looks for them. */
async function pathOf(program: string): Promise<string | undefined> {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  for (const folder of [...folders, "/usr/sbin", "/usr/local/sbin"]) {
    const path = `${folder}/${program}`;
    if (await Deno.stat(path).then(() => true, () => false)) return path;
  }
  return undefined;
}

async function reach(
  listens: Deno.ConnectOptions | Deno.UnixConnectOptions,
): Promise<void> {
  const until = performance.now() + START_TIMEOUT_MS;
  while (true) {
    try {
      const connection = "path" in listens
        ? await Deno.connect(listens)
        : await Deno.connect(listens);
      return connection.close();
    } catch (error) {
      if (performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

async function end(process: Deno.ChildProcess): Promise<void> {
  try {
    process.kill("SIGTERM");
  } catch {
    // It has ended already.
  }
  const timer = setTimeout(() => process.kill("SIGKILL"), 5_000);
  await process.status;
  clearTimeout(timer);
}
