/** Longest output of a tool that is read, in bytes; more counts as a failure. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** How a tool is run. */
export interface ToolOptions {
  /** The folder to run it in. */
  cwd: string;
  /** Ends the tool. */
  signal?: AbortSignal;
}

/**
 * Runs a program and reads what it prints.
 *
 * @returns Its output, whatever its exit status; nothing if it is not there,
 * was ended, or printed more than 16 MiB.
 */
export async function runTool(
  program: string,
  args: readonly string[],
  { cwd, signal }: ToolOptions,
): Promise<string> {
  try {
    const command = new Deno.Command(program, {
      args: [...args],
      cwd,
      signal,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
      env: { NO_COLOR: "1" },
    });
    const { stdout } = await command.output();
    if (stdout.length > MAX_OUTPUT_BYTES) return "";
    return new TextDecoder().decode(stdout);
  } catch (error) {
    // A program that is not installed only means that there is less to say.
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
