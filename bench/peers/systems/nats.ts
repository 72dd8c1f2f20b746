import type { Peer, Server } from "../peer.ts";
import { freePort, programVersion, startServer } from "../server_process.ts";

/** A client may be this far behind before the server gives it up: none shall be. */
const MAX_PENDING = "1GB";

/** NATS's core: at most once, nothing kept. */
export const nats: Peer = {
  name: "NATS",
  role: "peer",
  setup:
    "nats-server on the loopback interface, @nats-io/transport-node; `request()` with its own inbox.",
  client: "nats",
  works: ["one-way", "request", "fan-out"],
  onOneCore: true,
  start: (folder) => startNats(folder, ""),
  version,
};

/** Its streams, in memory. */
export const jetStreamMemory: Peer = {
  ...jetStream(
    "JetStream, memory",
    "memory",
    "A stream in memory; up to 512 publishes unanswered, a pull consumer that acknowledges each message.",
  ),
  works: ["acked"],
};

/** Its streams, in files that it syncs every two minutes unless told otherwise. */
export const jetStreamFile: Peer = jetStream(
  "JetStream, file",
  "file",
  "The same in files, synced as by default: every two minutes.",
);

function jetStream(name: string, storage: string, setup: string): Peer {
  return {
    name,
    role: "peer",
    setup,
    client: "jetstream",
    mode: storage,
    works: ["acked", "durable"],
    start: (folder) =>
      startNats(folder, `jetstream { store_dir: "${folder}/jetstream" }`),
    version,
  };
}

async function startNats(folder: string, extra: string): Promise<Server> {
  const port = freePort();
  const config = `${folder}/nats.conf`;
  await Deno.writeTextFile(
    config,
    `listen: "127.0.0.1:${port}"\nmax_pending: ${MAX_PENDING}\n${extra}\n`,
  );
  return await startServer({
    program: "nats-server",
    args: ["-c", config],
    packageName: "nats-server",
    address: `127.0.0.1:${port}`,
    listens: { hostname: "127.0.0.1", port },
  });
}

function version(): Promise<string> {
  return programVersion("nats-server", "--version");
}
