import type { Child } from "./child.ts";
import { pause } from "./pause.ts";
import { openPlace, type PeerCase } from "./peer_case.ts";
import { processorShare, residentMiB } from "./process_figures.ts";
import type { CrowdFigures, Habit } from "./programs/raw_peers.ts";
import type { SendingFigures } from "./programs/sending.ts";
import type { Report } from "./report.ts";

const ROUNDS = 2;
const WINDOW_MS = 600;
/** In how many of them the bus's memory is looked at. */
const WINDOWS = 3;
/** What the others do meanwhile. */
const LOAD = { recipient: "counter", window: 64, perSecond: 5_000, bytes: 300 };
/** For garbage that is not collected yet. */
const MOST_MIB = 8;
const HABITS = ["drip", "pings", "acks", "deaf"] as const satisfies Habit[];

/** One that keeps the bus as busy as it can with what is no work, beside others that work. */
export const floodingPeers: readonly PeerCase[] = HABITS.map((habit) => ({
  name: `flooding-${habit}`,
  run: async (report: Report) => {
    await using place = await openPlace();
    const bus = await place.startBus();
    const others = await place.start("agents.ts");
    const peer = await place.start("raw_peers.ts");
    await others.ask("join", "other", 1);
    await measure(others, WINDOW_MS * 2);
    const [alone, beside] = [[] as SendingFigures[], [] as SendingFigures[]];
    for (let n = 0; n < ROUNDS; n++) {
      alone.push(await measure(others, WINDOW_MS));
      await peer.ask("crowd", 1, habit);
      beside.push(await measure(others, WINDOW_MS));
      await peer.ask("disperse");
    }
    // The best of each: whatever else the machine does only makes it less.
    const rate = (of: readonly SendingFigures[]) =>
      Math.max(...of.map(({ perSecond }) => perSecond));
    report.note("others alone per s", rate(alone));
    report.atLeast("others kept %", rate(beside) / rate(alone) * 100, 80);
    report.note("longest ms", Math.max(...beside.map((one) => one.longestMs)));
    await peer.ask("crowd", 1, habit);
    await pause(WINDOW_MS);
    const share = await processorShare(bus.pid, () => pause(WINDOW_MS));
    report.note("processor %", share * 100);
    const grownMiB = await growthOf(bus.pid);
    const { open, closed } = await peer.ask<CrowdFigures>("figures");
    report.equal("still there", open - closed, 1);
    report.atMost("MiB more as it goes on", grownMiB, MOST_MIB);
  },
}));

async function measure(others: Child, forMs: number): Promise<SendingFigures> {
  await others.ask("startSending", LOAD);
  await pause(forMs);
  return await others.ask<SendingFigures>("stopSending");
}

/** The least that a process has grown by in one of several windows: a heap finds its size in steps, what leaks grows in each. */
async function growthOf(pid: number): Promise<number> {
  let least = Infinity;
  for (let window = 0; window < WINDOWS; window++) {
    const earlierMiB = residentMiB(pid);
    await pause(WINDOW_MS);
    least = Math.min(least, residentMiB(pid) - earlierMiB);
  }
  return least;
}
