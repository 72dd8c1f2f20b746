import { memoryTransport } from "../../mod.ts";
import { unixTransport } from "../../transports/unix.ts";
import { openPlace, type PeerCase } from "./peer_case.ts";
import type { Report } from "./report.ts";
import { endAtAnyMoment } from "./shutdown_rounds.ts";

const OVER_SOCKET = 400;
const IN_MEMORY = 600;
const GRACE_MS = 500;

/** A busy bus is ended at a moment that chance chooses, a thousand times. */
export const shutdown: PeerCase = {
  name: "shutdown",
  run: async (report: Report) => {
    await using place = await openPlace();
    const first = Date.now() % 1_000_000 * 1_000;
    report.note("first seed", first);
    const seeds = (from: number, count: number) =>
      Array.from({ length: count }, (_, at) => from + at);
    const [socket, memory] = await Promise.all([
      endAtAnyMoment(
        seeds(first, OVER_SOCKET),
        () => unixTransport(place.path),
      ),
      endAtAnyMoment(
        seeds(first + OVER_SOCKET, IN_MEMORY),
        () => memoryTransport(),
      ),
    ]);
    report.note("rounds", OVER_SOCKET + IN_MEMORY);
    for (const { longestMs, ends, problems } of [socket, memory]) {
      report.atMost("longest ms", longestMs, GRACE_MS);
      report.note("ends", JSON.stringify(ends));
      report.equal("problems", problems.join("; "), "");
    }
  },
};
