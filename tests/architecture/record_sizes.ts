/**
 * Writes the longest function of each room into `sizes.json`. Run it when a
 * room got shorter, or when a longer function is what a reader is better
 * served by: `deno run -A tests/architecture/record_sizes.ts`
 */
import { readProject, readSizes, SIZES } from "./project.ts";
import { measureFunctions, recordSizes } from "./sizes.ts";
import { parseSource } from "./syntax.ts";

const files = await readProject();
const functions = files.flatMap((file) =>
  measureFunctions(file.path, parseSource(file))
);
const record = recordSizes(functions, await readSizes());
await Deno.writeTextFile(SIZES, JSON.stringify(record, null, 2) + "\n");
