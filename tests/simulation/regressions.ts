import type { Plan } from "./plan.ts";

/** Where plans are kept that have once broken a law: each ran into a fault that is mended. */
const FOLDER = new URL("./regressions/", import.meta.url);

/** A plan that is kept. */
export interface Regression {
  readonly name: string;
  readonly plan: Plan;
}

/** The plans that are kept, by name. A plan, not its seed, as plans are drawn in other ways over time. */
export async function readRegressions(): Promise<Regression[]> {
  const found: Regression[] = [];
  for await (const { name } of Deno.readDir(FOLDER)) {
    if (!name.endsWith(".json")) continue;
    const plan = JSON.parse(await Deno.readTextFile(new URL(name, FOLDER)));
    found.push({ name: name.slice(0, -".json".length), plan });
  }
  return found.toSorted((one, other) => one.name < other.name ? -1 : 1);
}

/** Keeps a plan. */
export async function keepRegression(name: string, plan: Plan): Promise<void> {
  const file = new URL(`${name}.json`, FOLDER);
  await Deno.writeTextFile(file, JSON.stringify(plan, undefined, 2) + "\n");
}
