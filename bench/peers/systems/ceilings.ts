import { Child } from "../../process/child.ts";
import type { Peer, Server } from "../peer.ts";

/** What the platform allows without a broker. */
export const bareSocket: Peer = {
  name: "bare socket",
  role: "ceiling",
  setup:
    "JSON on Unix sockets between the programs themselves, written many at a time: the limit without a broker.",
  client: "bare_socket",
  works: ["one-way", "request", "fan-out"],
  onOneCore: true,
  start: (folder) =>
    Promise.resolve({
      address: folder,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
  version: () => Promise.resolve(Deno.version.deno),
};

/** What the platform allows with one. */
export const bareHub: Peer = {
  name: "bare hub",
  role: "ceiling",
  setup:
    "The same through a process that forwards frames by their address and does nothing else: the limit of a broker in Deno.",
  client: "bare_hub",
  works: ["one-way", "request", "fan-out"],
  onOneCore: true,
  start: startHub,
  version: () => Promise.resolve(Deno.version.deno),
};

async function startHub(folder: string): Promise<Server> {
  const address = `${folder}/hub.sock`;
  const child = await Child.start("peers/programs/hub.ts", [address]);
  return {
    address,
    pid: child.pid,
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
