/**
 * Busbar's command line: runs a bus, sends and receives from the shell, and
 * shows what a bus is doing.
 *
 * Run it with `deno task busbar`, or install it, out of the checkout:
 * `deno install -g -A -n busbar --config deno.json cli/main.ts`.
 *
 * @module
 */
if (!("Deno" in globalThis)) {
  throw new TypeError(
    "Cannot run busbar as it runs on Deno alone: this is another platform, where `npx -y deno run -A` and this file runs it",
  );
}

if (import.meta.main) {
  // Not before that is known: an older Node cannot even read them.
  const { runCommandLine } = await import("./program.ts");
  const { systemTerminal } = await import("./system_terminal.ts");
  Deno.exit(await runCommandLine(Deno.args, systemTerminal()));
}
