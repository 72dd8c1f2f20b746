import { RECEIVER, SENDER } from "../../message.ts";
import type { Peer } from "../peer.ts";
import { freePort } from "../server_process.ts";
import { RECEIVERS } from "../stage.ts";

/** Moleculer: no broker, services that find each other. */
export const moleculer: Peer = {
  name: "moleculer TCP",
  role: "peer",
  setup:
    "No broker: its TCP transporter on the loopback interface with the nodes listed; logger, metrics and tracing off.",
  client: "moleculer",
  works: ["one-way", "request", "fan-out"],
  onOneCore: true,
  startsAlone: false,
  start: () =>
    Promise.resolve({
      address: names().map((name) => `127.0.0.1:${freePort()}/${name}`).join(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
  version: () => Promise.resolve("0.15.2"),
};

function names(): string[] {
  const numbers = Array.from({ length: RECEIVERS }, (_, index) => index);
  return [SENDER, RECEIVER, ...numbers.map((index) => `${RECEIVER}-${index}`)];
}
