import { makeNodeProgram } from "../node_program.ts";
import { MissingProgram, type Peer, type Server } from "../peer.ts";
import { programVersion } from "../server_process.ts";

const VERSION = "6.8.0";

/** ZeroMQ: no broker, a library in each program. */
export const zeroMq: Peer = {
  name: "ZeroMQ",
  role: "peer",
  setup:
    "No broker: zeromq.js in Node, as its native part does not hear of new connections in Deno; PUSH and PULL, for the fan-out PUB and SUB, over `ipc://`; up to 32 messages as parts of one.",
  client: "zeromq",
  works: ["one-way", "request", "fan-out"],
  onOneCore: true,
  startsAlone: false,
  start,
  version: () => Promise.resolve(VERSION),
};

async function start(folder: string): Promise<Server> {
  if (await programVersion("node", "--version") === "not installed") {
    throw new MissingProgram("node", "nodejs");
  }
  const nodeProgram = await makeNodeProgram({
    program: "zeromq_member.ts",
    packageName: "zeromq",
    version: VERSION,
    folder,
  });
  return {
    address: folder,
    nodeProgram,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
