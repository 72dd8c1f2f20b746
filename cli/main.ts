/**
 * Busbar's command line: runs a bus, sends and receives from the shell, and
 * shows what a bus is doing.
 *
 * Run it with `deno task busbar`, or install it:
 * `deno install -g -A -n busbar --config deno.json cli/main.ts`.
 *
 * @module
 */
import { runCommandLine } from "./program.ts";
import { systemTerminal } from "./system_terminal.ts";

if (import.meta.main) {
  Deno.exit(await runCommandLine(Deno.args, systemTerminal()));
}
