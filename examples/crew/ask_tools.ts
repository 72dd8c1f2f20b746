import type { Source } from "./analysis/syntax.ts";
import { readDoc, readLint, type ToolFigures } from "./analysis/tool_output.ts";
import { runTool } from "./run_tool.ts";
import { LIMITS, type WorkItem } from "./work.ts";

/**
 * Asks `deno lint` and `deno doc` about a file. A tool that has nothing to say,
 * because the folder's settings leave the file out or an import is not to be
 * found, adds nothing.
 */
export async function askTools(
  deno: string,
  { file, folder }: WorkItem,
  source: Source,
  signal: AbortSignal,
): Promise<ToolFigures> {
  const options = {
    cwd: folder,
    signal: AbortSignal.any([
      signal,
      AbortSignal.timeout(LIMITS.toolTimeoutMs),
    ]),
  };
  const [lint, doc] = await Promise.all([
    runTool(deno, ["lint", "--json", file], options),
    // Tests and programs export nothing that somebody could look up.
    hasExports(source)
      ? runTool(deno, ["doc", "--json", "--no-lock", file], options)
      : "",
  ]);
  signal.throwIfAborted();
  return { lint: readLint(lint), undocumented: readDoc(doc) };
}

function hasExports({ program }: Source): boolean {
  return Array.isArray(program.body) &&
    program.body.some(({ type }) => String(type).startsWith("Export"));
}
