import type { Child } from "./child.ts";
import { pause } from "./pause.ts";
import { figuresOf, openPlace, type PeerCase } from "./peer_case.ts";
import { residentMiB } from "./process_figures.ts";
import type { Report } from "./report.ts";

const PROCESSES = 4;
const CONNECTIONS = 10_000;
const SECONDS = 5;
/** For ten thousand agents that are there and say nothing. */
const MOST_IDLE_MIB = 256;
/** With what the bus remembers of messages at its limits, and the platform's garbage. */
const MOST_MIB = 512;

/** Ten thousand agents that are there, then say a little each. */
export const idleConnections: PeerCase = {
  name: "idle-connections",
  run: async (report: Report) => {
    await using place = await openPlace();
    const bus = await place.startBus();
    report.note("bare MiB", residentMiB(bus.pid));
    const clients: Child[] = [];
    for (let n = 0; n < PROCESSES; n++) {
      clients.push(await place.start("agents.ts"));
    }
    const each = CONNECTIONS / PROCESSES;
    const tookMs = await Promise.all(
      clients.map((one, n) => one.ask<number>("join", `idle-${n}`, each)),
    );
    report.note("connected in ms", Math.max(...tookMs));
    await pause(2_000);
    report.equal(
      "connections",
      (await figuresOf(bus)).connections,
      CONNECTIONS,
    );
    report.atMost("idle MiB", residentMiB(bus.pid), MOST_IDLE_MIB);
    const ends = await Promise.all(
      clients.map((one) => one.ask<Record<string, number>>("report", SECONDS)),
    );
    const accepted = ends.reduce((sum, end) => sum + (end.accepted ?? 0), 0);
    const { counted, senders, connections } = await figuresOf(bus);
    report.equal("accepted", accepted, CONNECTIONS * SECONDS);
    report.equal("arrived", counted, CONNECTIONS * SECONDS);
    report.equal("senders", senders, CONNECTIONS);
    report.equal("still connected", connections, CONNECTIONS);
    report.atMost("MiB afterwards", residentMiB(bus.pid), MOST_MIB);
  },
};
