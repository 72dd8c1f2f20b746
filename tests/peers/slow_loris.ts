import { LIMITS } from "../../core/limits.ts";
import type { Child } from "./child.ts";
import { pause } from "./pause.ts";
import { figuresOf, openPlace, type PeerCase } from "./peer_case.ts";
import { residentMiB } from "./process_figures.ts";
import type { WorkFigures } from "./programs/agents.ts";
import type { CrowdFigures } from "./programs/raw_peers.ts";
import type { Report } from "./report.ts";

const LORIS = 500;
const GOOD = 20;
const WINDOW_MS = 2_500;
/** Below this the machine's own disturbances are what is measured, in milliseconds. */
const LEAST_P99_MS = 8;

/** Five hundred whose hello never comes to an end, beside twenty who work. */
export const slowLoris: PeerCase = {
  name: "slow-loris",
  run: async (report: Report) => {
    await using place = await openPlace();
    const bus = await place.startBus();
    const good = await place.start("agents.ts");
    const loris = await place.start("raw_peers.ts");
    await good.ask("join", "good", GOOD);
    await measure(good);
    const alone = await measure(good);
    const bareMiB = residentMiB(bus.pid);
    // Were they all in step, the few moments at which all are closed would be
    // about a hundredth of the time, and the p99 either side of that edge.
    await loris.ask("crowd", LORIS, "trickle", LIMITS.handshakeTimeoutMs);
    await pause(LIMITS.handshakeTimeoutMs);
    const moreMiB = residentMiB(bus.pid) - bareMiB;
    const beside = await measure(good);
    const { connections, logLines } = await figuresOf(bus);
    const crowd = await loris.ask<CrowdFigures>("figures");
    report.atLeast("connections", connections, LORIS / 2);
    report.atLeast("closed", crowd.closed, LORIS);
    report.atMost(
      "closed after ms",
      crowd.longestMs,
      LIMITS.handshakeTimeoutMs + 500,
    );
    report.note("p99 ms alone", alone.p99Ms);
    const limitMs = 3 * Math.max(LEAST_P99_MS, alone.p99Ms);
    report.atMost("p99 ms beside them", beside.p99Ms, limitMs);
    report.equal("failures", JSON.stringify(beside.failures), "{}");
    report.atMost("MiB more", moreMiB, 32);
    report.atMost("log lines", logLines, WINDOW_MS / 1_000 + 2);
  },
};

async function measure(good: Child): Promise<WorkFigures> {
  await good.ask("startWork", 10);
  await pause(WINDOW_MS);
  return await good.ask<WorkFigures>("stopWork");
}
