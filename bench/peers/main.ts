/**
 * The same work done by our bus, by the systems that a user could take instead,
 * and by as little as the platform needs: `deno task bench:peers`. Writes
 * `docs/reference/performance.md` with its pictures.
 *
 * - `--quick` measures once and shortly, and only prints.
 * - `--only NAME` takes the systems that have NAME in theirs, as often as it is
 *   given, and only prints.
 * - `--rounds N` sets how often; `--out FOLDER` writes elsewhere; `--json` prints
 *   everything for a program.
 */
import { join } from "node:path";
import { fail, readOptions, showProgress, wholeNumber } from "../arguments.ts";
import { describeMachine, machineText } from "../machine.ts";
import { ROOT } from "../process/build.ts";
import { runRounds } from "../rounds.ts";
import { MissingProgram, type Peer } from "./peer.ts";
import { LOCAL_SYSTEMS } from "./local_systems.ts";
import { planOf, planOfOurs } from "./plan.ts";
import { tablesOf } from "./report/tables.ts";
import { writePage } from "./report/write.ts";
import { missingOf, type Results, summarise } from "./results.ts";
import { SYSTEMS } from "./systems.ts";

const values = readOptions({
  quick: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  only: { type: "string", multiple: true, default: [] },
  rounds: { type: "string" },
  out: { type: "string" },
});
const rounds = wholeNumber(
  "--rounds",
  values.rounds ?? (values.quick ? "1" : "3"),
);
const length = values.quick
  ? { messages: 40_000, ms: 800 }
  : { messages: 200_000, ms: 4_000, warmUp: 1 };
const systems = SYSTEMS.filter(isWanted);
const localSystems = LOCAL_SYSTEMS.filter(isWanted);
if (systems.length + localSystems.length === 0) fail("No system has that name");

const folder = await Deno.makeTempDir({ prefix: "busbar-bench-" });
try {
  const results = await measure();
  if (values.json) console.log(JSON.stringify(results, null, 2));
  else print(results);
  const isWhole = !values.quick && values.only.length === 0;
  const out = values.out ??
    (isWhole ? join(ROOT, "docs/reference") : undefined);
  if (out !== undefined) await writePage(results, out);
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function measure(): Promise<Results> {
  const [present, absent] = await installed();
  const plan = planOf(present, localSystems, length);
  if (systems.some(({ role }) => role === "ours")) {
    plan.push(planOfOurs(length, join(folder, "now")));
  }
  const outcomes = await runRounds(plan, {
    rounds,
    onStart: (key, round) => showProgress(`round ${round + 1}: ${key}`),
  });
  return {
    machine: await describeMachine(),
    command: ["deno task bench:peers", ...Deno.args].join(" "),
    rounds,
    systems: await Promise.all(present.map(describe)),
    localSystems,
    missing: [...absent, ...missingOf(outcomes)],
    figures: summarise(outcomes),
  };
}

/** Those whose servers this machine has, and why the others are left out. */
async function installed(): Promise<[Peer[], string[]]> {
  const present: Peer[] = [];
  const absent: string[] = [];
  for (const peer of systems) {
    try {
      const own = await Deno.makeTempDir({ dir: folder });
      await using _server = await peer.start(own);
      present.push(peer);
    } catch (error) {
      if (!(error instanceof MissingProgram)) throw error;
      absent.push(`${peer.name}: ${error.message}`);
    }
  }
  return [present, absent];
}

async function describe(peer: Peer): Promise<Results["systems"][number]> {
  const { name, role, setup } = peer;
  return { name, role, setup, version: await peer.version() };
}

function print(results: Results): void {
  console.log(machineText(results.machine));
  for (const text of Object.values(tablesOf(results))) {
    if (text !== "") console.log(`\n${text}`);
  }
  for (const line of results.missing) console.log(`not measured: ${line}`);
}

function isWanted({ name }: { readonly name: string }): boolean {
  return values.only.length === 0 ||
    values.only.some((part) => name.includes(part));
}
