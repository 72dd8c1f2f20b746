import type { Build } from "../process/build.ts";
import { busbar, busbarAcked, busbarDurable } from "../peers/systems/busbar.ts";
import type { Peer, WorkName } from "../peers/peer.ts";
import {
  measureDurable,
  measureRequests,
  measureSends,
} from "../peers/works.ts";
import type { Benchmark, FigureName } from "./benchmark.ts";

const GROUP = "over the Unix socket, through a bus process";
/** More messages than any send takes in the time. */
const MANY = 1e9;
const SENDS: readonly FigureName[] = ["perSecond", "serverUs", "lateMs"];

/** What is measured between processes. */
export const overSocket: readonly Benchmark[] = [
  sends("send, 1 to 1", busbar, "one-way"),
  sends("send, 1 to 1, with acks", busbarAcked, "one-way"),
  durable("send, durable, 1 under way", 1),
  durable("send, durable, 64 under way", 64),
  durable("send, durable, 1,024 under way", 1_024),
  sends("publish, 1 to 4", busbar, "fan-out"),
  requests("request, 1 in flight", 1, ["perSecond", "p50Us", "p99Us"]),
  requests("request, 64 in flight", 64, ["perSecond", "p99Us"]),
];

function sends(name: string, peer: Peer, work: WorkName): Benchmark {
  return {
    name: `${GROUP}: ${name}`,
    group: GROUP,
    figures: SENDS,
    run: (build: Build, ms: number) =>
      measureSends(peer, work, { messages: MANY, ms }, build),
  };
}

function durable(name: string, underWay: number): Benchmark {
  return {
    name: `${GROUP}: ${name}`,
    group: GROUP,
    figures: ["perSecond", "p50Us", "p99Us"],
    run: (build: Build, ms: number) =>
      measureDurable(busbarDurable, underWay, { ms }, build),
  };
}

function requests(
  name: string,
  inFlight: number,
  figures: readonly FigureName[],
): Benchmark {
  return {
    name: `${GROUP}: ${name}`,
    group: GROUP,
    figures,
    run: (build: Build, ms: number) =>
      measureRequests(busbar, inFlight, { ms }, build),
  };
}
