import { type FailedSchedule, runSimulator, runTest } from "./catchers.ts";
import type { Fault } from "./fault.ts";
import type { TreeCopy } from "./tree.ts";

/** What there is to catch faults with. */
export interface Means {
  /** Whether tests are run. */
  readonly tests: boolean;
  /** How many schedules the simulator may take for each fault; 0 for none. */
  readonly schedules: number;
  /** Seeds whose schedules fail without any fault: they show nothing. */
  readonly alwaysFail: ReadonlySet<number>;
}

/** What was found out about a fault. */
export interface Findings {
  readonly fault: Fault;
  /** The first of its tests that failed. */
  readonly test: string | undefined;
  /** The first schedule that broke one of its laws. */
  readonly schedule: FailedSchedule | undefined;
  /** What went otherwise than it should have. */
  readonly remarks: readonly string[];
  /** How long the first catcher took, in milliseconds; where none caught it, all of them. */
  readonly tookMs: number;
}

/** Whether anything has caught a fault. */
export function isCaught({ test, schedule }: Findings): boolean {
  return test !== undefined || schedule !== undefined;
}

/** Plants a fault in a copy of the project, sees what catches it, and takes it out again. */
export async function examine(
  fault: Fault,
  tree: TreeCopy,
  means: Means,
): Promise<Findings> {
  await using _planted = await tree.plant(fault);
  const remarks: string[] = [];
  const startedAt = performance.now();
  let tookMs: number | undefined;
  const lap = () => tookMs ??= performance.now() - startedAt;
  const test = means.tests ? await findTest(fault, tree, remarks) : undefined;
  if (test !== undefined) lap();
  const schedule = await findSchedule(fault, tree, means, remarks);
  return { fault, test, schedule, remarks, tookMs: lap() };
}

async function findTest(
  { tests }: Fault,
  { path }: TreeCopy,
  remarks: string[],
): Promise<string | undefined> {
  for (const test of tests) {
    const verdict = await runTest(path, test);
    if (verdict === "failed") return test.name;
    if (verdict === "overdue") return `${test.name} (which does not end)`;
    const text = verdict === "passed" ? "passes with it" : "is not there";
    remarks.push(`the test "${test.name}" ${text}`);
  }
  return undefined;
}

async function findSchedule(
  { laws }: Fault,
  { path }: TreeCopy,
  { schedules, alwaysFail }: Means,
  remarks: string[],
): Promise<FailedSchedule | undefined> {
  if (schedules === 0 || laws.length === 0) return undefined;
  const isWanted = ({ seed, law }: FailedSchedule) =>
    laws.includes(law) && !alwaysFail.has(seed);
  const { failed, isOverdue, problem } = await runSimulator(
    path,
    schedules,
    isWanted,
  );
  if (problem !== undefined) remarks.push(`no schedule ran: ${problem}`);
  if (isOverdue) remarks.push("the schedules did not end");
  const others = failed.filter(({ seed, law }) =>
    !laws.includes(law) && !alwaysFail.has(seed)
  );
  if (others.length > 0) {
    const broken = [...new Set(others.map(({ law }) => law))].join(", ");
    remarks.push(`schedules broke other laws first: ${broken}`);
  }
  return failed.find(isWanted);
}
