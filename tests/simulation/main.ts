import { parseArgs } from "node:util";
import { minimise } from "./minimise.ts";
import { type Plan, planOf } from "./plan.ts";
import { keepRegression } from "./regressions.ts";
import { check, type Failure, type ShardReport } from "./shard.ts";

const USAGE =
  `Runs random programs against a simulated network and clock, and checks every law.

  deno task sim                         10,000 schedules, on every core
  deno task sim --count 1000 --from 1   so many, from this seed on
  deno task sim --seed 0x2a             one, alone
    --trace                             with every line of its history
    --minimise                          made as small as it still fails
    --keep a_name                       and kept among those that every test run repeats
`;
const MINIMISE_MS = 60_000;
const TWICE_EVERY = 100;

const { values } = parseArgs({
  args: Deno.args.filter((arg) => arg !== "--"),
  options: {
    seed: { type: "string" },
    count: { type: "string", default: "10000" },
    from: { type: "string", default: "1" },
    workers: { type: "string" },
    trace: { type: "boolean", default: false },
    minimise: { type: "boolean", default: false },
    keep: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) console.log(USAGE);
else if (values.seed === undefined) await runMany();
else await runOne(Number(values.seed));

async function runOne(seed: number): Promise<void> {
  let plan = planOf(seed);
  const first = await check(plan);
  if (values.minimise && first instanceof Error) {
    plan = await smallest(plan, lawOf(first));
  }
  if (values.keep !== undefined) await keepRegression(values.keep, plan);
  const watch = (line: unknown) => console.log(JSON.stringify(line));
  const outcome = await check(plan, {
    hash: true,
    ...(values.trace ? { watch } : {}),
  });
  if (outcome instanceof Error) {
    console.log(describe(plan));
    console.log(`FAILED  ${hex(seed)}: ${outcome.message}`);
    Deno.exitCode = 1;
  } else {
    const { steps, lines, virtualMs, digest } = outcome;
    console.log(
      `ok  ${
        hex(seed)
      }: ${steps} steps, ${lines} lines, ${virtualMs} ms of its time`,
    );
    console.log(`    SHA-256 ${digest}`);
  }
}

/** What is left of a plan when nothing more can be taken out without it passing. */
async function smallest(plan: Plan, law: string): Promise<Plan> {
  const startedAt = performance.now();
  const fails = async (smaller: Plan) => {
    const outcome = await check(smaller);
    return outcome instanceof Error && lawOf(outcome) === law;
  };
  const isOver = () => performance.now() - startedAt > MINIMISE_MS;
  return await minimise(plan, fails, { isOver });
}

function describe({ settings, slots, actions, faults }: Plan): string {
  return [
    `settings ${JSON.stringify(settings)}`,
    ...slots.map((slot, index) => `slot ${index} ${JSON.stringify(slot)}`),
    ...faults.map((fault) => `fault ${JSON.stringify(fault)}`),
    ...(actions.length > 60
      ? [`${actions.length} actions`]
      : actions.map((action) => `action ${JSON.stringify(action)}`)),
  ].join("\n");
}

async function runMany(): Promise<void> {
  const count = Number(values.count);
  const from = Number(values.from);
  const workers = Number(values.workers ?? navigator.hardwareConcurrency);
  const startedAt = performance.now();
  const share = Math.ceil(count / workers);
  const reports = await Promise.all(
    Array.from({ length: workers }, (_, index) => {
      const first = index * share;
      const size = Math.max(0, Math.min(share, count - first));
      return runThread(from + first, size);
    }),
  );
  const total = addUp(reports);
  summarise(total, performance.now() - startedAt);
  if (total.failures.length > 0) Deno.exitCode = 1;
}

function runThread(from: number, count: number): Promise<ShardReport> {
  const worker = new Worker(new URL("./shard_worker.ts", import.meta.url), {
    type: "module",
  });
  const { promise, resolve, reject } = Promise.withResolvers<ShardReport>();
  worker.onmessage = ({ data }) => {
    if (data.failure) tell(data.failure);
    if (data.report) resolve(data.report);
  };
  worker.onerror = (event) => reject(new Error(event.message));
  worker.postMessage({ from, count, twiceEvery: TWICE_EVERY });
  return promise.finally(() => worker.terminate());
}

function tell({ seed, text }: Failure): void {
  console.log(`FAILED  ${hex(seed)}: ${text}`);
  console.log(`        deno task sim --seed ${hex(seed)} brings it back`);
}

function addUp(reports: readonly ShardReport[]): ShardReport {
  const seen: Record<string, number> = {};
  for (const report of reports) {
    for (const [key, count] of Object.entries(report.seen)) {
      seen[key] = (seen[key] ?? 0) + count;
    }
  }
  const sum = (of: (report: ShardReport) => number) =>
    reports.reduce((total, report) => total + of(report), 0);
  return {
    runs: sum(({ runs }) => runs),
    twice: sum(({ twice }) => twice),
    steps: sum(({ steps }) => steps),
    lines: sum(({ lines }) => lines),
    virtualMs: sum(({ virtualMs }) => virtualMs),
    fewestFaultKinds: Math.min(
      ...reports.map((report) => report.fewestFaultKinds),
    ),
    seen,
    failures: reports.flatMap(({ failures }) => failures),
  };
}

function summarise(total: ShardReport, realMs: number): void {
  const { runs, twice, steps, lines, virtualMs, seen, failures } = total;
  for (const key of Object.keys(seen).toSorted()) {
    console.log(`${String(seen[key]).padStart(12)}  ${key}`);
  }
  const seconds = (realMs / 1_000).toFixed(1);
  console.log(
    `${runs} schedules in ${seconds} s: ${steps} steps, ${lines} lines of history, ` +
      `at least ${total.fewestFaultKinds} kinds of faults in each; ` +
      `${twice} run twice with the same SHA-256; ` +
      `${Math.round(virtualMs / realMs)} times faster than their time`,
  );
  console.log(`${runs - failures.length} passed, ${failures.length} failed`);
}

function hex(seed: number): string {
  return `0x${seed.toString(16)}`;
}

function lawOf({ message }: Error): string {
  return message.split(" ", 1)[0] ?? "";
}
