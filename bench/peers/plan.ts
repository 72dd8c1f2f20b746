import { measureConnect, measureQueue } from "../own/resources.ts";
import { inProcess } from "../own/in_process.ts";
import { type Build, prepareBuild, ROOT } from "../process/build.ts";
import type { Figures, Measurement } from "../rounds.ts";
import { type LocalPeer, measureLocal } from "./local_systems.ts";
import type { Peer } from "./peer.ts";
import { keyOf } from "./results.ts";
import { measureStart } from "./start.ts";
import { type Length, measureWork } from "./works.ts";

const BYTES_PER_MIB = 2 ** 20;

/** Everything that is measured of some systems. */
export function planOf(
  systems: readonly Peer[],
  localSystems: readonly LocalPeer[],
  length: Length,
): Measurement[] {
  const between = systems.flatMap((peer) =>
    peer.works.map((work) => ({
      key: keyOf(work, peer.name),
      run: () => measureWork(peer, work, length),
    }))
  );
  const starts = systems.filter(({ works, startsAlone }) =>
    startsAlone ?? works.includes("one-way")
  ).map((peer) => ({
    key: keyOf("start", peer.name),
    run: () => startOf(peer),
  }));
  const local = localSystems.map((peer) => ({
    key: keyOf("in process", peer.name),
    run: () => measureLocal(peer, length.ms / 2),
  }));
  return [...between, ...starts, ...local];
}

/** What is measured of ours only. */
export function planOfOurs(length: Length, folder: string): Measurement {
  return {
    key: keyOf("ours", "Busbar"),
    run: async () => {
      const build = await prepareBuild("now", ROOT, folder);
      return await ourFigures(build, length.ms / 8);
    },
  };
}

async function startOf(peer: Peer): Promise<Figures> {
  const { startMs = NaN, idleBytes } = await measureStart(peer);
  if (idleBytes === undefined) return { startMs };
  return { startMs, idleMiB: idleBytes / BYTES_PER_MIB };
}

async function ourFigures(build: Build, ms: number): Promise<Figures> {
  const read = async (part: string): Promise<number> => {
    const benchmark = inProcess.find(({ name }) => name.includes(part));
    return (await benchmark?.run(build, ms))?.us ?? NaN;
  };
  const { bytes: queuedBytes = NaN } = await measureQueue(build);
  const { ms: connectMs = NaN } = await measureConnect(build);
  const statsUs = await read("stats()");
  const rulesUs = await read("route among");
  return { queuedBytes, connectMs, statsUs, rulesUs };
}
