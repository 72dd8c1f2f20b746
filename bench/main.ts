/**
 * Our own figures: `deno task bench`. Only figures of one run compare: machines
 * drift, and neighbours disturb.
 *
 * - `--only NAME` measures what has NAME in its name, as often as it is given.
 * - `--against REF` measures this tree and that of a git reference in turn, and
 *   says what became better or worse.
 * - `--growth` shows what becomes of the cost as there is more of everything.
 * - `--json` prints for a program; `--rounds N` and `--duration-ms MS` set how
 *   often and how long.
 */
import { fail, readOptions, showProgress, wholeNumber } from "./arguments.ts";
import { measureGrowth } from "./growth/growth.ts";
import { growthText } from "./growth/report.ts";
import { describeMachine, machineText } from "./machine.ts";
import { type Benchmark, FIGURES } from "./own/benchmark.ts";
import { compare, comparisonText } from "./own/comparison.ts";
import { inProcess } from "./own/in_process.ts";
import { overSocket } from "./own/over_socket.ts";
import { failureText, resultRows, resultText } from "./own/report.ts";
import { resources } from "./own/resources.ts";
import { openings } from "./store/opening.ts";
import { type Build, prepareBuild, ROOT } from "./process/build.ts";
import { writeTreeAt } from "./process/tree_at.ts";
import { type Outcome, runRounds } from "./rounds.ts";

const values = readOptions({
  json: { type: "boolean", default: false },
  growth: { type: "boolean", default: false },
  only: { type: "string", multiple: true, default: [] },
  against: { type: "string" },
  rounds: { type: "string" },
  "duration-ms": { type: "string", default: "400" },
});
const durationMs = wholeNumber("--duration-ms", values["duration-ms"]);
const rounds = wholeNumber(
  "--rounds",
  values.rounds ?? (values.against === undefined ? "3" : "6"),
);
const wanted = [...inProcess, ...overSocket, ...resources, ...openings].filter(
  isWanted,
);
if (wanted.length === 0 && !values.growth) fail("No benchmark has that name");

const folder = await Deno.makeTempDir({ prefix: "busbar-bench-" });
try {
  if (values.growth) await showGrowth();
  else if (values.against === undefined) await showFigures();
  else await showComparison(values.against);
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function showFigures(): Promise<void> {
  const build = await prepareBuild("now", ROOT, `${folder}/now`);
  const outcomes = await measureAll([build]);
  const outcomeOf = (benchmark: Benchmark) =>
    outcomes.get(keyOf(build, benchmark));
  const rows = resultRows(wanted, outcomeOf);
  const failures = failureText(wanted, outcomeOf);
  const text =
    `median of ${rounds} interleaved rounds, each in fresh processes; least and most
${resultText(rows)}`;
  await show({ rows }, text, failures);
}

async function showComparison(reference: string): Promise<void> {
  const problem = await writeTreeAt(reference, `${folder}/tree`);
  if (problem !== undefined) {
    Deno.exitCode = 2;
    return console.error(problem);
  }
  const before = await prepareBuild(
    "before",
    `${folder}/tree`,
    `${folder}/before`,
  );
  const now = await prepareBuild("now", ROOT, `${folder}/now`);
  const outcomes = await measureAll([before, now]);
  const rows = wanted.flatMap((benchmark) =>
    benchmark.figures.flatMap((figure) => {
      const [earlier, later] = [before, now].map((build) =>
        outcomes.get(keyOf(build, benchmark))
      );
      return compare(benchmark, figure, earlier, later) ?? [];
    })
  );
  const failures = [before, now].map((build) =>
    failureText(wanted, (one) => outcomes.get(keyOf(build, one)))
  ).filter((text) => text !== "").join("\n");
  const text =
    `this tree against ${reference}, ${rounds} rounds in turn, each in fresh processes
${comparisonText(rows)}`;
  await show({ against: reference, rows }, text, failures);
}

async function showGrowth(): Promise<void> {
  const build = await prepareBuild("now", ROOT, `${folder}/now`);
  const series = await measureGrowth(build, durationMs, showProgress);
  await show({ growth: series }, growthText(series), "");
}

function measureAll(
  builds: readonly Build[],
): Promise<Map<string, Outcome>> {
  const measurements = wanted.flatMap((benchmark) =>
    builds.map((build) => ({
      key: keyOf(build, benchmark),
      run: () => benchmark.run(build, durationMs),
    }))
  );
  return runRounds(measurements, {
    rounds,
    onStart: (key, round) => showProgress(`round ${round + 1}: ${key}`),
  });
}

async function show(
  result: Readonly<Record<string, unknown>>,
  text: string,
  failures: string,
): Promise<void> {
  const machine = await describeMachine();
  if (values.json) {
    const head = { ...machine, rounds, durationMs, failures };
    console.log(JSON.stringify({ ...head, ...result }, null, 2));
  } else {
    console.log(`${machineText(machine)}\n${text}`);
  }
  if (failures === "") return;
  console.error(failures);
  Deno.exitCode = 1;
}

function keyOf(build: Build, { name }: Benchmark): string {
  return `${build.name}, ${name}`;
}

function isWanted({ name, figures }: Benchmark): boolean {
  const full = [name, ...figures.map((figure) => FIGURES[figure].label)].join();
  return values.only.length === 0 ||
    values.only.some((part) => full.includes(part));
}
