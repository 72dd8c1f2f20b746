import type { Server } from "node:net";
import { NodeListener } from "./node_listener.ts";
import { NodeSocket } from "./node_socket.ts";
import type {
  BoundSocket,
  ByteSocket,
  DirectoryLock,
  FileLook,
  Refusal,
  UnixPlatform,
} from "./unix_platform.ts";

// So, a program that is bundled for Deno does not load them either: a bundle begins with all that is imported by name.
const { chmodSync, linkSync, lstatSync, renameSync, statSync, unlinkSync } =
  await import("node:fs");
const { mkdir, stat } = await import("node:fs/promises");
const { createConnection, createServer } = await import("node:net");
const { default: process } = await import("node:process");

/** Peers that the kernel lets wait; Deno asks for as many. */
const BACKLOG = 1_024;

const REFUSALS: ReadonlyMap<unknown, Refusal> = new Map([
  ["ENOENT", "missing"],
  ["ECONNREFUSED", "refused"],
  ["EAGAIN", "full"],
  // Node's own permission model, where a program is run with it.
  ["ERR_ACCESS_DENIED", "forbidden"],
]);

/** Unix sockets as Node has them. */
export const nodePlatform: UnixPlatform = {
  connect,
  bind,
  lookAt,
  makeDirectory: async (path, mode) =>
    void await mkdir(path, { recursive: true, mode }),
  lookAtDirectory: (path) => stat(path),
  lockDirectory,
  link: linkSync,
  rename: renameSync,
  remove: unlinkSync,
  refusalOf: (error) => REFUSALS.get(codeOf(error)) ?? "other",
  forbidden: (error) => error,
};

function connect(path: string): Promise<ByteSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<ByteSocket>();
  const socket = createConnection({ path, allowHalfOpen: true });
  socket.once("error", reject);
  socket.once("connect", () => {
    socket.off("error", reject);
    resolve(new NodeSocket(socket));
  });
  return promise;
}

async function bind(path: string, mode: number): Promise<BoundSocket> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  const listener = new NodeListener(server);
  const listening = whenListening(server);
  // In this very process, also where it is one of a cluster: bound when this returns.
  server.listen({ path, backlog: BACKLOG, exclusive: true });
  if (!server.listening) await listening;
  try {
    chmodSync(path, mode);
    const { dev, ino } = lstatSync(path);
    await listening;
    return { listener, file: { path, dev, ino } };
  } catch (error) {
    listener.close();
    throw error;
  }
}

function whenListening(server: Server): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.once("listening", () => {
    server.off("error", reject);
    resolve();
  });
  return promise;
}

function lookAt(path: string): FileLook | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return undefined;
  const { dev, ino } = found;
  return { dev, ino, isSocket: found.isSocket() };
}

/**
 * Node locks no files. What the kernel gives to one process at a time, and takes
 * back when that dies, is an address without a file: one that is named after the
 * directory. Only Linux has those; elsewhere everybody gets the lock.
 */
async function lockDirectory(path: string): Promise<DirectoryLock | undefined> {
  const { dev, ino } = statSync(path);
  if (process.platform !== "linux") return { close() {} };
  const server = createServer((visitor) => visitor.destroy());
  const listening = whenListening(server);
  server.listen({ path: `\0busbar:${dev}:${ino}`, exclusive: true });
  try {
    await listening;
    return { close: () => void server.close() };
  } catch (error) {
    if (codeOf(error) === "EADDRINUSE") return undefined;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
