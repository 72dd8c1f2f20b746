import assert from "node:assert/strict";
import { Violation } from "./check/checker.ts";
import type { Line } from "./history.ts";
import { minimise } from "./minimise.ts";
import { type FaultKind, type Plan, planOf } from "./plan.ts";
import { readRegressions } from "./regressions.ts";
import { check, runShard } from "./shard.ts";
import { simulate } from "./simulate.ts";

const SCHEDULES = 120;
const LYING_SCHEDULES = 8;

Deno.test(`MessageBus keeps every law through ${SCHEDULES} schedules with faults`, async () => {
  const report = await runShard({ from: 1, count: SCHEDULES, twiceEvery: 40 });
  assert.deepEqual(report.failures, []);
  assert.equal(report.runs, SCHEDULES);
  assert.ok(report.fewestFaultKinds >= 3, `${report.fewestFaultKinds}`);
});

Deno.test("MessageBus keeps every law through each plan that has once broken one", async () => {
  const regressions = await readRegressions();
  assert.ok(regressions.length > 0);
  for (const { name, plan } of regressions) {
    const outcome = await check(plan);
    assert.ok(!(outcome instanceof Error), `${name}: ${String(outcome)}`);
  }
});

Deno.test("simulate() writes the same history twice for one seed, and another for another", async () => {
  const digestOf = async (seed: number) =>
    (await simulate(planOf(seed), { checkers: [], hash: true })).digest;
  assert.equal(await digestOf(0x5eed), await digestOf(0x5eed));
  assert.notEqual(await digestOf(0x5eed), await digestOf(0x5eee));
});

Deno.test("simulate() stops at the line that breaks a law", async () => {
  const seen: Line[] = [];
  const checker = {
    laws: ["Z1"],
    take(line: Line) {
      seen.push(line);
      if (line.type === "handled") throw new Violation("Z1", "broken", line);
    },
    end() {},
  };
  await assert.rejects(
    simulate(planOf(1), { checkers: [checker] }),
    (error: Error) => error instanceof Violation && error.law === "Z1",
  );
  assert.equal(seen.at(-1)?.type, "handled");
});

Deno.test("MessageBus keeps every law on a disk that loses power, and breaks some on one that lies about its syncs", async () => {
  const laws = new Set<string>();
  for (let seed = 1; seed <= LYING_SCHEDULES; seed++) {
    const honest = await check(cutOff(seed, "slow_disk"));
    assert.ok(!(honest instanceof Error), `${seed}: ${String(honest)}`);
    const lied = await check(cutOff(seed, "lying_disk"));
    assert.ok(lied instanceof Violation, `nothing was noticed in ${seed}`);
    laws.add(lied.law);
  }
  assert.ok(laws.has("S1"), `${[...laws]}`);
});

Deno.test("minimise() takes out of a plan whatever a failure does not need", async () => {
  const needed = (plan: Plan) => [
    plan.faults.some(({ kind }) => kind === "kill_bus" || kind === "reset"),
    plan.actions.filter(({ kind }) => kind === "publish").length >= 3,
    plan.actions.some(({ kind }) => kind === "leave" || kind === "detach"),
  ];
  const fails = (plan: Plan) => Promise.resolve(needed(plan).every(Boolean));
  const seed = await firstSeed(fails);
  const smallest = await minimise(planOf(seed), fails, { isOver: () => false });
  assert.ok(await fails(smallest));
  assert.equal(smallest.faults.length, 1);
  assert.equal(smallest.actions.length, 4);
});

/** A plan of a bus on a disk that is in this trouble all the time, and loses power in the middle. */
function cutOff(seed: number, trouble: FaultKind): Plan {
  const plan = planOf(seed);
  const { endMs, settings, actions } = plan;
  const atMs = actions.at(-1)?.atMs ?? endMs;
  const fault = { durationMs: 10, seed };
  return {
    ...plan,
    settings: { ...settings, hasStore: true },
    faults: [
      { ...fault, atMs: 0, durationMs: endMs, kind: trouble },
      { ...fault, atMs, kind: "cut_power" },
    ],
  };
}

async function firstSeed(
  fails: (plan: Plan) => Promise<boolean>,
): Promise<number> {
  for (let seed = 1;; seed++) if (await fails(planOf(seed))) return seed;
}
