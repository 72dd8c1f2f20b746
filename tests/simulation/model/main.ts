import { describe, runSeed, shrink } from "./differential.ts";

/**
 * Runs random programs on the bus and on its model:
 * `--seed 7 --count 100 --steps 150`, and `--show 3` for how many that differ
 * are shown with the commands they need.
 */
async function main(args: string[]): Promise<void> {
  const option = (name: string, preset: number) => {
    const at = args.indexOf(`--${name}`);
    return at < 0 ? preset : Number(args[at + 1]);
  };
  const seed = option("seed", 1);
  const count = option("count", 1_000);
  const steps = option("steps", 150);
  const show = option("show", 1);
  let differences = 0;
  for (let one = seed; one < seed + count; one++) {
    const run = await runSeed(one, steps);
    if (!run.difference) continue;
    differences++;
    if (differences > show) continue;
    console.log(describe(one, run, await shrink(run)));
  }
  console.log(`${differences} of ${count} programs differ`);
  if (differences > 0) Deno.exitCode = 1;
}

await main(Deno.args);
