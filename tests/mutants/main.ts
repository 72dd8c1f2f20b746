import { parseArgs } from "node:util";
import { runSimulator, runTest } from "./catchers.ts";
import { examine, type Findings, isCaught } from "./examine.ts";
import type { Fault } from "./fault.ts";
import { FAULTS } from "./faults.ts";
import { listOf, markdownTable, textTable } from "./table.ts";
import { projectRoot, TreeCopy } from "./tree.ts";

const USAGE =
  `Plants faults in a copy of the library, one at a time, and sees whether tests and simulator catch them.

  deno run -A tests/mutants/main.ts             every fault
  deno run -A tests/mutants/main.ts NAME...     those
    --list                                      what there is
    --schedules 300                             how many the simulator may take for each; 0 for tests alone
    --no-tests                                  the simulator alone
    --markdown                                  the table for a page
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  args: Deno.args.filter((arg) => arg !== "--"),
  options: {
    list: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
    schedules: { type: "string", default: "300" },
    "no-tests": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) console.log(USAGE);
else if (values.list) console.log(listOf(FAULTS));
else await run(chosen(positionals), Number(values.schedules));

async function run(
  faults: readonly Fault[],
  schedules: number,
): Promise<void> {
  await using tree = await TreeCopy.make(projectRoot());
  await tree.checkPlantable(faults);
  const tests = !values["no-tests"];
  const isSound = !tests || await passWithoutFaults(faults, tree);
  const alwaysFail = await failingWithoutFaults(schedules, tree);
  const all: Findings[] = [];
  for (const fault of faults) {
    const means = { tests, schedules, alwaysFail };
    const findings = await examine(fault, tree, means);
    all.push(findings);
    console.error(
      `${isCaught(findings) ? "caught  " : "SURVIVED"}  ${fault.name}`,
    );
  }
  console.log(values.markdown ? markdownTable(all) : textTable(all));
  const isProof = isSound && alwaysFail.size === 0 && all.every(isCaught);
  if (!isProof) Deno.exitCode = 1;
}

/** Whether each test passes as long as there is no fault: if not, its failure says nothing. */
async function passWithoutFaults(
  faults: readonly Fault[],
  { path }: TreeCopy,
): Promise<boolean> {
  const seen = new Set<string>();
  let isSound = true;
  for (const test of faults.flatMap(({ tests }) => tests)) {
    const key = `${test.file} ${test.name}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const verdict = await runTest(path, test);
    if (verdict === "passed") continue;
    isSound = false;
    console.error(`Without any fault "${test.name}" is ${verdict}`);
  }
  return isSound;
}

/** The seeds of schedules that fail as long as there is no fault. */
async function failingWithoutFaults(
  schedules: number,
  { path }: TreeCopy,
): Promise<ReadonlySet<number>> {
  if (schedules === 0) return new Set();
  const { failed, problem } = await runSimulator(path, schedules);
  if (problem !== undefined) throw new Error(problem);
  for (const { seed, law } of failed) {
    console.error(`Without any fault schedule ${seed} breaks ${law}`);
  }
  return new Set(failed.map(({ seed }) => seed));
}

function chosen(names: readonly string[]): readonly Fault[] {
  if (names.length === 0) return FAULTS;
  return names.map((name) => {
    const fault = FAULTS.find((one) => one.name === name);
    if (fault) return fault;
    throw new RangeError(
      `Cannot plant fault as it must be one of the list: "${name}" is not`,
    );
  });
}
