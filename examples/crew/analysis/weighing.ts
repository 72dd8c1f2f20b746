import type { Grade } from "../work.ts";
import type { Duplicate } from "./duplicates.ts";
import type { Finding, FindingKind } from "./findings.ts";

/** How much a kind of finding counts, at its limit. */
const WEIGHTS: Readonly<Record<FindingKind, number>> = {
  complex: 4,
  long_function: 3,
  deep: 3,
  many_parameters: 2,
  long_file: 2,
  long_lines: 1,
  lint: 1.5,
  undocumented: 1,
};
/** A file whose findings weigh this much together is worth mending first. */
const SEVERE_FROM = 8;
/** Lines of a copy that count like one finding at its limit. */
const COPIED_LINES = 12;

/**
 * How much mending a finding is worth: its kind, how far it is over the limit,
 * and how often the file changes. What nobody touches can stay as it is.
 */
export function weigh(finding: Finding, commits: number): number {
  return round(WEIGHTS[finding.kind] * finding.severity * churn(commits));
}

/** How much mending a pair of copies is worth; `commits` are those of both files. */
export function weighDuplicate(
  { first, second, likeness }: Duplicate,
  commits: number,
): number {
  const copied = Math.min(first.lines, second.lines);
  return round(2 * (copied / COPIED_LINES) * likeness * churn(commits));
}

/** The weights of a file's findings together. */
export function scoreOf(findings: readonly Finding[], commits: number): number {
  return round(
    findings.reduce((sum, finding) => sum + weigh(finding, commits), 0),
  );
}

/** What a score means. */
export function gradeOf(score: number): Grade {
  if (score === 0) return "clean";
  return score >= SEVERE_FROM ? "severe" : "minor";
}

/** 1 for a file that was written once; 2 after 16 commits, 3 after 256. */
function churn(commits: number): number {
  return 1 + Math.log2(Math.max(1, commits)) / 4;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
