import type { Report } from "../../peers/report.ts";
import type { Part, PartOptions } from "../part.ts";
import type { StoreKind } from "../programs/stores.ts";
import { Arena } from "./arena.ts";

const ROUNDS = 200;
/** Rounds after which everything comes to rest, and is counted. */
const STRETCH = 10;
const SHOWN = 5;

/** The bus's process is killed, again and again, and so are its agents now and then. */
export function killPart(kind: StoreKind): Part {
  return { name: "kill", run: (report, options) => run(kind, report, options) };
}

async function run(
  kind: StoreKind,
  report: Report,
  { rounds = ROUNDS, seed, directory }: PartOptions,
): Promise<undefined> {
  const from = performance.now();
  const problems: string[] = [];
  let [accepted, handled, again, letters, done] = [0, 0, 0, 0, 0];
  await using arena = await Arena.open(directory, kind, seed);
  while (done < rounds && problems.length === 0) {
    const count = Math.min(STRETCH, rounds - done);
    const result = await arena.stretch(count);
    accepted += result.accepted;
    handled += result.handled;
    again += result.again;
    letters += result.letters;
    for (const problem of result.problems) {
      problems.push(`rounds ${done}-${done + count}: ${problem}`);
    }
    done += count;
  }
  const tookMs = performance.now() - from;
  report.note("rounds", done);
  report.note("kills within recovery", arena.early);
  report.note("agents killed", arena.agentsKilled);
  report.note("accepted", accepted);
  report.note("copies handled", handled);
  report.note("handled again", again);
  report.note("dead letters", letters);
  report.note("ms a round", tookMs / done);
  report.equal("problems", problems.length, 0);
  for (const problem of problems.slice(0, SHOWN)) report.note("-", problem);
}
