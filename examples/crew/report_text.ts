import { basename } from "node:path";
import type { Grade, Place, Plan, ReportOrder, Verdict } from "./work.ts";

/** Files that the table of scores names. */
const MAX_ROWS = 10;

/** The first lines of the report: what was looked at, and how it stands. */
export function reportHead(
  order: ReportOrder,
  verdicts: readonly Verdict[],
): string {
  const total = (figure: (verdict: Verdict) => number) =>
    verdicts.reduce((sum, verdict) => sum + figure(verdict), 0);
  const graded = (grade: Grade) =>
    verdicts.filter((verdict) => verdict.grade === grade).length;
  return [
    `# What to mend first in ${basename(order.folder)}`,
    "",
    `${verdicts.length} files, ${total((v) => v.functions)} functions, ` +
    `${total((v) => v.lines)} lines, ${total((v) => v.findings)} findings. ` +
    `Files to mend first: ${graded("severe")}; later: ${graded("minor")}; ` +
    `clean: ${graded("clean")}.`,
    "",
    "## Places worth mending first",
    "",
    "",
  ].join("\n");
}

/** One place, numbered, with the lines it is about. */
export function placeText(number: number, place: Place): string {
  const churn = place.commits === 0 ? "" : `, ${counted(place.commits)}`;
  const head = `${number}. \`${place.path}:${place.line}\`: ${place.reason} ` +
    `(weight ${place.weight.toFixed(1)}${churn})\n`;
  if (place.excerpt === undefined) return head;
  const lines = place.excerpt.split("\n").map((line) => `   ${line}`.trimEnd());
  const fence = fenceFor(place.excerpt);
  return `${head}\n   ${fence}\n${lines.join("\n")}\n   ${fence}\n\n`;
}

/** The files with the highest scores, as a table. */
export function scoreTable(verdicts: readonly Verdict[]): string {
  const worst = verdicts.filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.path.localeCompare(b.path))
    .slice(0, MAX_ROWS);
  if (worst.length === 0) return "";
  const rows = worst.map((verdict) =>
    `| \`${verdict.path}\` | ${verdict.score.toFixed(1)} | ` +
    `${verdict.findings} | ${verdict.functions} | ${verdict.lines} |`
  );
  return [
    "",
    "## Files with the highest scores",
    "",
    "| File | Score | Findings | Functions | Lines |",
    "| --- | ---: | ---: | ---: | ---: |",
    ...rows,
    "",
  ].join("\n");
}

/** What the report does not speak of, and why. */
export function leftOutText(
  order: ReportOrder,
  plan: Plan | undefined,
): string {
  const lines: string[] = [];
  if (order.unreadable.length > 0) {
    lines.push("", "## Could not be analysed", "");
    for (const { path, reason } of order.unreadable) {
      lines.push(`- \`${path}\`: ${reason}`);
    }
  }
  const leftOut = Object.entries(plan?.leftOut ?? {});
  if (leftOut.length > 0) {
    lines.push("", "## Left out", "");
    for (const [reason, count] of leftOut) lines.push(`- ${reason}: ${count}`);
  }
  return lines.length === 0 ? "" : lines.join("\n") + "\n";
}

/** A fence longer than any in the text, so that the text can not end it. */
function fenceFor(text: string): string {
  const runs = text.match(/`+/g) ?? [];
  return "`".repeat(Math.max(3, ...runs.map(({ length }) => length + 1)));
}

function counted(commits: number): string {
  return commits === 1 ? "1 commit" : `${commits} commits`;
}
