import type { Child } from "./child.ts";
import { pause } from "./pause.ts";
import { figuresOf, openPlace, type PeerCase, waitUntil } from "./peer_case.ts";
import type { Report } from "./report.ts";

const PROCESSES = 4;
/** As many on a machine that has time for them, and as few on one that has not. */
const MOST = 10_000;
const LEAST = 2_000;
/** What the least may take to join for the machine to have time, in milliseconds. */
const QUICK_MS = 600;
const BACK_MS = 30_000;
const GONE_MS = 1_000;
const STEP_MS = 250;

/** Ten thousand agents lose their bus, and come to the next one at the same place. */
export const reconnectStorm: PeerCase = {
  name: "reconnect-storm",
  run: async (report: Report) => {
    await using place = await openPlace();
    const clients: Child[] = [];
    for (let n = 0; n < PROCESSES; n++) {
      clients.push(await place.start("agents.ts"));
    }
    let count = LEAST;
    {
      await using _first = await place.startBus();
      const tookMs = await joinAll(clients, "least", LEAST);
      if (tookMs < QUICK_MS) {
        await joinAll(clients, "more", MOST - LEAST);
        count = MOST;
      }
    }
    report.note("agents", count);
    await pause(GONE_MS);
    const bus = await place.startBus();
    const [peak, tookMs] = await watchReturn(bus, count);
    report.atMost("all back after ms", tookMs, BACK_MS);
    report.note(`most in ${STEP_MS} ms`, peak);
    const { stats } = await figuresOf(bus);
    report.note("broken connections", stats.connectionErrors);
  },
};

/** @returns How long the slowest process took, in milliseconds. */
async function joinAll(
  clients: readonly Child[],
  prefix: string,
  count: number,
): Promise<number> {
  const each = count / clients.length;
  const tookMs = await Promise.all(
    clients.map((one, n) => one.ask<number>("join", `${prefix}-${n}`, each)),
  );
  return Math.max(...tookMs);
}

/** @returns The most that came in one step, and how long it took until all were there. */
async function watchReturn(
  bus: Child,
  count: number,
): Promise<[peak: number, tookMs: number]> {
  let [peak, last, lastAt] = [0, 0, performance.now()];
  const tookMs = await waitUntil(async () => {
    const { connections } = await figuresOf(bus);
    if (performance.now() - lastAt >= STEP_MS) {
      peak = Math.max(peak, connections - last);
      [last, lastAt] = [connections, performance.now()];
    }
    return connections === count;
  }, BACK_MS);
  return [peak, tookMs];
}
