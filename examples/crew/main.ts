import { type CommandLine, HELP, readCommandLine } from "./command_line.ts";
import { Display, standardError } from "./display.ts";
import { runDemo } from "./run_demo.ts";

/** What a shell expects of a program that was interrupted before its work was done. */
const INTERRUPTED = 130;

/** Runs the demo, and tells with which status to end. */
async function main(args: readonly string[]): Promise<number> {
  // Installed first: whoever presses Ctrl-C a moment later expects nothing to be left behind.
  const interrupted = untilInterrupted();
  const display = new Display(standardError());
  try {
    const line: CommandLine = readCommandLine(args);
    if (!line.help) return await runDemo(line, display, interrupted);
    display.say(HELP);
    return 0;
  } catch (error) {
    if (interrupted.aborted) return INTERRUPTED;
    display.say(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

/** Aborts at Ctrl-C, or when the process is told to end. */
function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => controller.abort());
  }
  return controller.signal;
}

Deno.exit(await main(Deno.args));
