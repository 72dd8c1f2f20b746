import { describeMachine } from "../../machine.ts";
import type { Figures } from "../../rounds.ts";
import type { Build } from "../../process/build.ts";
import { Child } from "../../process/child.ts";
import type { Peer, Server } from "../peer.ts";

const PROGRAM = "peers/programs/busbar_bus.ts";

/** Ours: a bus process on a Unix socket, with the inspector served beside it. */
export const busbar: Peer = {
  name: "Busbar",
  role: "ours",
  setup:
    "A bus process on a Unix socket, all options at their defaults, the inspector served beside it; receivers with `concurrency: 1024`.",
  client: "busbar",
  works: ["one-way", "request", "fan-out"],
  onOneCore: true,
  start: (folder, build) => startBus(folder, build),
  version: async () => (await describeMachine()).busbar,
};

/** The same without a process of its own: it is where the messages go. */
export const busbarHosted: Peer = {
  name: "Busbar, bus at the receiver",
  role: "ours",
  setup:
    "The same bus in the process of the agent that receives and answers, with everything that it has by default, the inspector among it: the other agent connects to it, and no process is between the two.",
  client: "busbar_host",
  works: ["one-way", "request"],
  onOneCore: true,
  startsAlone: false,
  start: (folder) =>
    Promise.resolve({
      address: `${folder}/bus.sock`,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
  version: busbar.version,
};

/** The same, as users have it installed. */
export const busbarPackaged: Peer = {
  ...busbar,
  name: "Busbar, its package",
  setup:
    "The same bus and programs have the library from its package for npm, as the other systems' have theirs, and not from a checkout.",
  works: [],
  startsAlone: true,
  isPackaged: true,
};

/** A bus process, with acknowledgements. */
export const busbarAcked: Peer = {
  ...busbar,
  name: "Busbar, in memory",
  setup:
    "`requiresAck`: each message is confirmed to its sender, handed out under a lease, and acknowledged when its handler returns.",
  mode: "acked",
  works: ["acked"],
};

/** The same with a store: what is taken in and what is acknowledged is on the disk before anybody is told. */
export const busbarDurable: Peer = {
  ...busbarAcked,
  name: "Busbar, durable",
  setup:
    "The same with `sqliteStore(path)`: accepts and acknowledgements are told after their sync, which those that come together share.",
  works: ["durable"],
  start: (folder, build) => startBus(folder, build, `${folder}/bus.db`),
};

async function startBus(
  folder: string,
  build?: Build,
  store = "",
): Promise<Server> {
  const address = `${folder}/bus.sock`;
  const child = await Child.start(PROGRAM, [address, "", store], { build });
  return {
    address,
    pid: child.pid,
    watch: () => child.ask("watch"),
    watched: () => child.ask<Figures>("watched"),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
