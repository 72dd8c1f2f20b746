import type { Connection } from "../../../transports/transport.ts";
import { seededRandom } from "../../../testing/seeded_random.ts";
import { VirtualClock } from "../../../testing/virtual_clock.ts";
import type { SimConnection } from "./sim_connection.ts";
import { SimNetwork } from "./sim_network.ts";
import type { SimProcess } from "./sim_process.ts";

/** One connection of a simulated network, from `client` to `host`. */
export interface NetStage {
  readonly clock: VirtualClock;
  readonly network: SimNetwork;
  readonly client: SimProcess;
  readonly host: SimProcess;
  readonly connection: SimConnection;
  readonly dialed: Connection;
  readonly accepted: Connection;
}

/** Opens a connection in calm weather. */
export async function openStage(
  { seed = 1, capacity }: { seed?: number; capacity?: number } = {},
): Promise<NetStage> {
  const clock = new VirtualClock();
  const random = seededRandom(seed);
  const network = new SimNetwork({ clock, random, capacity });
  const [client, host] = [network.process("client"), network.process("host")];
  const listener = await network.transport("sim:a", host).listen();
  const dialed = await network.transport("sim:a", client).dial();
  const arrival = await listener[Symbol.asyncIterator]().next();
  const [connection] = network.connections;
  if (arrival.done || !connection) throw new Error("nobody arrived");
  const accepted = arrival.value;
  return { clock, network, client, host, connection, dialed, accepted };
}

/** One thing that a reader saw, and when. */
export interface Arrival {
  readonly atMs: number;
  /** The bytes of one read; or how the stream ended. */
  readonly what: readonly number[] | "end" | "reset";
}

/** Reads all the time, and notes what comes when. */
export function watchArrivals(
  connection: Connection,
  clock: VirtualClock,
): Arrival[] {
  const arrivals: Arrival[] = [];
  const note = (what: Arrival["what"]) =>
    arrivals.push({ atMs: clock.monotonic(), what });
  const readAll = async () => {
    const buffer = new Uint8Array(65_536);
    for (;;) {
      const count = await connection.read(buffer);
      if (count === null) return note("end");
      note([...buffer.subarray(0, count)]);
    }
  };
  readAll().catch(() => note("reset"));
  return arrivals;
}

/** All bytes of the given arrivals. */
export function bytesOf(arrivals: readonly Arrival[]): number[] {
  return arrivals.flatMap(({ what }) => typeof what === "string" ? [] : what);
}

/** How a stream ended, if it has. */
export function endOf(arrivals: readonly Arrival[]): string | undefined {
  return arrivals.map(({ what }) => what).find((what) =>
    typeof what === "string"
  ) as string | undefined;
}

/** How a promise stands: `"pending"`, `"done"`, or the code it failed with. */
export function watch(promise: Promise<unknown>): { state: string } {
  const watched = { state: "pending" };
  promise.then(
    () => watched.state = "done",
    (error) => watched.state = String(error.code ?? error.message),
  );
  return watched;
}

/** Bytes that count from 0. */
export function counted(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, at) => at);
}
