import { describe, runSeed, shrink } from "./differential.ts";

const PROGRAMS = 1_000;
const STEPS = 150;

Deno.test(`X1 MessageBus does what its model does, and counts the same, in ${PROGRAMS} random programs of ${STEPS} commands`, async () => {
  for (let seed = 1; seed <= PROGRAMS; seed++) {
    const run = await runSeed(seed, STEPS);
    if (run.difference) throw new Error(describe(seed, run, await shrink(run)));
  }
});
