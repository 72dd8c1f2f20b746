import { countCommits } from "./analysis/tool_output.ts";
import { listFiles, type Listing } from "./list_files.ts";
import { runTool } from "./run_tool.ts";
import { LIMITS, type PlanOrder, type WorkItem } from "./work.ts";

/** The work on a folder, in the order it is handed out. */
export interface PlannedWork {
  readonly items: readonly WorkItem[];
  /** How many files were left out, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/** Lists a folder, and counts how often each of its files was changed. */
export async function planWork(order: PlanOrder): Promise<PlannedWork> {
  const listing = await listFiles(order.folder, { except: order.except });
  const log = await runTool("git", [
    "log",
    `--max-count=${LIMITS.maxCommits}`,
    "--relative",
    "--name-only",
    "--format=",
    "-z",
  ], { cwd: order.folder });
  return arrange(order, listing, countCommits(log));
}

/**
 * Puts the files in order: those that change most often first, the tenth at
 * the top is called hot. Extra files go half-way, amid the others.
 */
export function arrange(
  order: PlanOrder,
  { files, leftOut }: Listing,
  commits: ReadonlyMap<string, number>,
): PlannedWork {
  const extra = order.extra.map((file) => ({
    ...file,
    language: "source" as const,
    bytes: 0,
    commits: 0,
  }));
  const sorted = files
    .map((file) => ({ ...file, commits: commits.get(file.path) ?? 0 }))
    .sort((a, b) => b.commits - a.commits || b.bytes - a.bytes);
  const hotCount = Math.ceil(sorted.length / 10);
  const half = Math.ceil(sorted.length / 2);
  const all = [...sorted.slice(0, half), ...extra, ...sorted.slice(half)];
  const items = all.map((file, index) => ({
    ...file,
    round: order.round,
    folder: order.folder,
    number: index + 1,
    total: all.length,
    hot: index < hotCount && file.language === "source",
  }));
  return { items, leftOut };
}
