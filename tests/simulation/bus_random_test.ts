import assert from "node:assert/strict";
import { RandomProgram } from "./random_program.ts";

const SEEDS = 400;
const STEPS = 250;

Deno.test(`MessageBus keeps its books through ${SEEDS} random programs of ${STEPS} steps`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) await run(seed);
});

Deno.test("MessageBus does the same twice for the same seed", async () => {
  for (const seed of [7, 77, 777]) {
    assert.deepEqual(await run(seed), await run(seed), `seed ${seed}`);
  }
});

/** One program. @returns What the bus has counted at its end. */
async function run(seed: number): Promise<unknown> {
  const program = new RandomProgram(seed);
  let step = 0;
  try {
    for (; step < STEPS; step++) await program.step();
    return await program.end();
  } catch (error) {
    const text = `seed ${seed}, step ${step}: ${(error as Error).message}`;
    throw new Error(text, { cause: error });
  }
}
