import { runDeno } from "./child.ts";
import type { TestCatcher } from "./fault.ts";

/** Longest that one test may take, in milliseconds: it has a virtual clock. */
const TEST_TIMEOUT_MS = 60_000;
/** Longest that one schedule may take on average, in milliseconds. */
const SCHEDULE_MS = 1_500;

/** What became of a test that ran in a copy of the project. */
export type TestVerdict = "passed" | "failed" | "overdue" | "missing";

/** Runs one test. */
export async function runTest(
  cwd: string,
  { file, name }: TestCatcher,
): Promise<TestVerdict> {
  // The types are not those of the tree any more; what is run, is.
  const run = await runDeno(
    ["test", "-A", "--no-check", "--reporter=tap", "--filter", name, file],
    { cwd, timeoutMs: TEST_TIMEOUT_MS },
  );
  if (run.isOverdue) return "overdue";
  return verdictOn(name, run.lines);
}

/** A schedule of the simulator that failed. */
export interface FailedSchedule {
  /** The seed that brings it back. */
  readonly seed: number;
  /** The law that it broke; the whole text where that is none. */
  readonly law: string;
}

/** What the simulator has found. */
export interface SimulatorVerdict {
  /** Those that failed, in the order of their seeds. */
  readonly failed: readonly FailedSchedule[];
  /** Whether its time was over before it ended. */
  readonly isOverdue: boolean;
  /** What it said instead of running. */
  readonly problem: string | undefined;
}

/**
 * Runs the simulator from seed 1 on, one schedule after the other, until one
 * fails in the way that is looked for.
 */
export async function runSimulator(
  cwd: string,
  schedules: number,
  isWanted: (failed: FailedSchedule) => boolean = () => false,
): Promise<SimulatorVerdict> {
  const failed: FailedSchedule[] = [];
  const run = await runDeno(
    [
      ...["run", "-A", "--no-check", "tests/simulation/main.ts"],
      ...["--count", `${schedules}`, "--workers", "1"],
    ],
    {
      cwd,
      timeoutMs: schedules * SCHEDULE_MS,
      isEnough: (line) => {
        const one = failedScheduleOf(line);
        if (!one) return false;
        failed.push(one);
        return isWanted(one);
      },
    },
  );
  const hasRun = failed.length > 0 ||
    run.lines.some((line) => / passed, \d+ failed$/.test(line));
  const problem = hasRun || run.isOverdue ? undefined : run.errors;
  return { failed, isOverdue: run.isOverdue, problem };
}

/** What the lines of a test run say of one test. */
export function verdictOn(
  name: string,
  lines: readonly string[],
): TestVerdict {
  for (const line of lines) {
    const [, not, found] = /^(not )?ok \d+ - (.*)$/.exec(line) ?? [];
    if (found === name) return not ? "failed" : "passed";
  }
  return "missing";
}

/** What a line of the simulator says of a schedule that failed. */
export function failedScheduleOf(line: string): FailedSchedule | undefined {
  const [, seed, text = ""] = /^FAILED\s+(0x[0-9a-f]+): (.*)$/.exec(line) ??
    [];
  if (seed === undefined) return undefined;
  // The law above all others has a name, not a number.
  const [law = text] = /^([A-Z]\d+|conservation)\b/.exec(text) ?? [];
  return { seed: Number(seed), law };
}
