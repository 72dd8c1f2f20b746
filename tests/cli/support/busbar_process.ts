import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Program } from "../../support/program.ts";

/** The program, as a file. */
export const MAIN: string = fileURLToPath(
  new URL("../../../cli/main.ts", import.meta.url),
);

/** What a process has left. */
export interface Output {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

const PATIENCE_MS = 60_000;

/** Runs `busbar` in a process of its own, to its end. */
export async function busbar(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Output> {
  return await outputOf(Deno.execPath(), ["run", "-A", MAIN, ...args], options);
}

/** Runs a command to its end; one that hangs is killed. */
export async function outputOf(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Output> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    ...options,
    args: [...args],
    env: { NO_COLOR: "1", ...options.env },
    stdin: "null",
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), errors: decoder.decode(stderr) };
}

/** Starts `busbar serve` in a process of its own, and waits until it is ready. */
export async function serveProcess(
  args: readonly string[],
): Promise<{ program: Program; whereabouts: Record<string, unknown> }> {
  const program = new Program([
    "-A",
    MAIN,
    "serve",
    "--json",
    "--inspector",
    "0",
    ...args,
  ]);
  const line = await program.nextLine();
  assert.ok(line, "busbar serve has ended");
  return { program, whereabouts: JSON.parse(line) };
}
