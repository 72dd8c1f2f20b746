import type { Findings } from "./examine.ts";
import { isCaught } from "./examine.ts";
import type { Fault } from "./fault.ts";

const HEADS = ["Fault", "Law", "Test that fails", "Simulator", "s"] as const;

/** One fault's cells, in the order of the heads. */
function cellsOf(findings: Findings): string[] {
  const { fault, test, schedule, tookMs } = findings;
  const seconds = (tookMs / 1_000).toFixed(1);
  const inSimulator = schedule
    ? `${schedule.law} in schedule ${schedule.seed}`
    : "";
  const inTests = test ?? (isCaught(findings) ? "" : "SURVIVED");
  return [fault.name, fault.law, inTests, inSimulator, seconds];
}

/** The findings as a table for a terminal, what was remarked below it. */
export function textTable(all: readonly Findings[]): string {
  const rows = [[...HEADS], ...all.map(cellsOf)];
  const widths = HEADS.map((_, column) =>
    Math.max(...rows.map((cells) => cells[column]?.length ?? 0))
  );
  const lines = rows.map((cells) =>
    cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")
      .trimEnd()
  );
  const remarks = all.flatMap(({ fault, remarks }) =>
    remarks.map((remark) => `${fault.name}: ${remark}`)
  );
  return [...lines, "", ...remarks, summaryOf(all)].join("\n");
}

/** The findings as a table for a page. */
export function markdownTable(all: readonly Findings[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rows = all.map((findings) => {
    const [, law = "", test = "", simulator = ""] = cellsOf(findings);
    return line([findings.fault.says, law, test, simulator]);
  });
  const heads = ["Planted fault", ...HEADS.slice(1, 4)];
  return [line(heads), line(heads.map(() => "---")), ...rows].join("\n");
}

/** The names of faults, each with its law and what it does. */
export function listOf(faults: readonly Fault[]): string {
  const width = Math.max(...faults.map(({ name }) => name.length));
  return faults.map(({ name, law, says }) =>
    `${name.padEnd(width)}  ${law}  ${says}`
  ).join("\n");
}

function summaryOf(all: readonly Findings[]): string {
  const count = (has: (findings: Findings) => boolean) =>
    all.filter(has).length;
  const byTests = count(({ test }) => test !== undefined);
  const bySimulator = count(({ schedule }) => schedule !== undefined);
  const survived = count((findings) => !isCaught(findings));
  return `${all.length} faults: ${byTests} caught by tests, ${bySimulator} by the simulator, ${survived} survived`;
}
