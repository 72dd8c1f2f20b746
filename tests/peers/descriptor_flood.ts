import { pause } from "./pause.ts";
import { figuresOf, openPlace, type PeerCase, waitUntil } from "./peer_case.ts";
import { openFiles, processorShare } from "./process_figures.ts";
import type { CrowdFigures } from "./programs/raw_peers.ts";
import type { WorkFigures } from "./programs/agents.ts";
import type { Report } from "./report.ts";

const MAX_FILES = 256;
const ESTABLISHED = 20;
const CROWD = 2_000;
const SECONDS = 3;

/** Two thousand who want in where two hundred have room, half of whom say nothing once they are. */
export const descriptorFlood: PeerCase = {
  name: "descriptor-flood",
  run: async (report: Report) => {
    await using place = await openPlace();
    const bus = await place.startBus({}, {}, { maxFiles: MAX_FILES });
    const clients = await place.start("agents.ts");
    await clients.ask("join", "old", ESTABLISHED);
    const peers = await place.start("raw_peers.ts");
    // The platform sets its signal handlers up half a second after it starts,
    // and ends the process if there is no descriptor left for them then.
    await pause(1_500);
    await peers.ask("crowd", CROWD / 2, "silent");
    await peers.ask("crowd", CROWD / 2, "greet");
    const isFull = () => openFiles(bus.pid) >= MAX_FILES - 1;
    report.atMost("full after ms", await waitUntil(isFull, 5_000), 5_000);
    const before = await figuresOf(bus);
    const share = await processorShare(bus.pid, () => pause(SECONDS * 1_000));
    const after = await figuresOf(bus);
    report.atMost("processor %", share * 100, 5);
    report.atMost("log lines", after.logLines - before.logLines, SECONDS + 1);
    await clients.ask("startWork", 20);
    await pause(1_000);
    const work = await clients.ask<WorkFigures>("stopWork");
    report.note("answered", work.answered);
    report.note("p99 ms", work.p99Ms);
    report.equal("failures", JSON.stringify(work.failures), "{}");
    const crowd = await peers.ask<CrowdFigures>("figures");
    report.atLeast("refused", crowd.refused, CROWD / 2);
    await peers.ask("disperse");
    const newcomer = await place.start("agents.ts");
    report.atMost(
      "newcomer in ms",
      await newcomer.ask("join", "new", 1),
      1_000,
    );
    const isQuiet = async () =>
      (await figuresOf(bus)).connections === ESTABLISHED + 1;
    report.atMost("recovered in ms", await waitUntil(isQuiet, 5_000), 1_000);
  },
};
