/**
 * Runs the unit tests over and over, each time in another order:
 * `deno task shuffled --runs 200`. A test that fails in one order and not in
 * another leans on what a neighbour left behind.
 */
import { parseArgs } from "node:util";

const ROOT = new URL("../../", import.meta.url);

const { values } = parseArgs({
  args: Deno.args.filter((arg) => arg !== "--"),
  options: {
    runs: { type: "string", default: "200" },
    from: { type: "string", default: "1" },
    workers: {
      type: "string",
      default: String(navigator.hardwareConcurrency),
    },
  },
});
const runs = Number(values.runs);
const from = Number(values.from);

let next = from;
let failed = 0;
const startedAt = performance.now();
await Promise.all(Array.from({ length: Number(values.workers) }, work));
const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
console.log(`${runs - failed} passed, ${failed} failed in ${seconds} s`);
if (failed > 0) Deno.exitCode = 1;

async function work(): Promise<void> {
  while (next < from + runs) await run(next++);
}

async function run(seed: number): Promise<void> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", `--shuffle=${seed}`, "tests/unit"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  });
  const { success, stdout, stderr } = await command.output();
  if (success) return;
  failed++;
  const decoder = new TextDecoder();
  console.log(decoder.decode(stdout), decoder.decode(stderr));
  console.log(`FAILED  deno test -A --shuffle=${seed} tests/unit`);
}
