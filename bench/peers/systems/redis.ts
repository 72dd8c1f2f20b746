import type { Peer, Server } from "../peer.ts";
import { programVersion, startServer } from "../server_process.ts";

/** Redis's publish and subscribe: at most once, nothing kept. */
export const redis: Peer = {
  name: "Redis pub/sub",
  role: "peer",
  setup:
    "redis-server on a Unix socket, node-redis with its automatic pipelining; no bound on what a subscriber may be behind.",
  client: "redis",
  works: ["one-way", "request", "fan-out"],
  onOneCore: true,
  start: (folder) => startRedis(folder),
  version,
};

/** Its streams with a consumer group, in memory. */
export const redisStreams: Peer = {
  name: "Redis streams, memory",
  role: "peer",
  setup:
    "XADD pipelined, XREADGROUP of up to 256 and one XACK for them; nothing is written to disk.",
  client: "redis_streams",
  works: ["acked"],
  start: (folder) => startRedis(folder),
  version,
};

/** The same with the append-only file. */
export const redisStreamsFile: Peer = {
  name: "Redis streams, append-only file",
  role: "peer",
  setup: "The same, with its append-only file synced once a second.",
  client: "redis_streams",
  works: ["acked", "durable"],
  start: (folder) => startRedis(folder, "everysec"),
  version,
};

/** The same as durable as ours. */
export const redisStreamsSynced: Peer = {
  name: "Redis streams, always synced",
  role: "peer",
  setup:
    "The same with `appendfsync always`: commands that come together share a sync, and are answered after it.",
  client: "redis_streams",
  works: ["durable"],
  start: (folder) => startRedis(folder, "always"),
  version,
};

/** @param sync How often its append-only file is synced; without it there is none. */
async function startRedis(folder: string, sync?: string): Promise<Server> {
  const path = `${folder}/redis.sock`;
  return await startServer({
    program: "redis-server",
    args: [
      ...["--port", "0", "--unixsocket", path, "--dir", folder],
      ...["--save", "", "--appendonly", sync === undefined ? "no" : "yes"],
      ...["--appendfsync", sync ?? "no"],
      ...["--client-output-buffer-limit", "pubsub 0 0 0"],
    ],
    packageName: "redis-server",
    address: path,
    listens: { transport: "unix", path },
  });
}

function version(): Promise<string> {
  return programVersion("redis-server", "--version");
}
