import type { FunctionFigures } from "./functions.ts";
import type { LineFigures } from "./text_lines.ts";
import type { ToolFigures } from "./tool_output.ts";

/** What kind of thing was found. */
export type FindingKind =
  | "complex"
  | "long_function"
  | "deep"
  | "many_parameters"
  | "long_file"
  | "long_lines"
  | "lint"
  | "undocumented";

/** One thing worth mending. */
export interface Finding {
  readonly kind: FindingKind;
  /** Where, counted from 1. */
  readonly line: number;
  /** What, in words and figures. */
  readonly text: string;
  /** How bad: 1 is at the limit, 2 is twice the limit. */
  readonly severity: number;
}

/** Where a figure becomes a finding. */
export const THRESHOLDS = {
  complexity: 10,
  functionLines: 50,
  depth: 4,
  parameters: 4,
  fileLines: 400,
  sourceLineChars: 120,
  textLineChars: 400,
} as const;

/** What the functions of a source file give rise to. */
export function functionFindings(
  functions: readonly FunctionFigures[],
): Finding[] {
  return functions.flatMap((figures) =>
    [
      over("complex", figures, figures.complexity, THRESHOLDS.complexity),
      over(
        "long_function",
        figures,
        figures.lines,
        THRESHOLDS.functionLines,
      ),
      over("deep", figures, figures.depth, THRESHOLDS.depth),
      over(
        "many_parameters",
        figures,
        figures.parameters,
        THRESHOLDS.parameters,
      ),
    ].filter((finding) => finding !== undefined)
  );
}

/** What the lines of a file give rise to. */
export function lineFindings(
  figures: LineFigures,
  limitChars: number,
): Finding[] {
  const findings: Finding[] = [];
  if (figures.lines > THRESHOLDS.fileLines) {
    findings.push({
      kind: "long_file",
      line: 1,
      text: `${figures.lines} lines; the limit is ${THRESHOLDS.fileLines}`,
      severity: figures.lines / THRESHOLDS.fileLines,
    });
  }
  const [first] = figures.longLines;
  if (first !== undefined) {
    findings.push({
      kind: "long_lines",
      line: first,
      text:
        `${figures.longLines.length} lines over ${limitChars} characters; the longest has ${figures.longestChars}`,
      severity: Math.min(2, figures.longLines.length / 10),
    });
  }
  return findings;
}

/** What `deno lint` and `deno doc` give rise to. */
export function toolFindings(figures: ToolFigures): Finding[] {
  const findings: Finding[] = figures.lint.map(({ line, code, message }) => ({
    kind: "lint",
    line,
    text: `${code}: ${message}`,
    severity: 1,
  }));
  const [first] = figures.undocumented;
  if (first !== undefined) {
    const names = figures.undocumented.map(({ name }) => name);
    findings.push({
      kind: "undocumented",
      line: first.line,
      text: `${names.length} exports without a doc comment: ${listed(names)}`,
      severity: Math.min(2, names.length / 5),
    });
  }
  return findings;
}

const WORDS = {
  complex: ["ways through", "cyclomatic complexity"],
  long_function: ["lines", "length"],
  deep: ["levels of branches and loops", "nesting"],
  many_parameters: ["parameters", "parameters"],
} as const;

function over(
  kind: keyof typeof WORDS,
  { name, line }: FunctionFigures,
  value: number,
  limit: number,
): Finding | undefined {
  if (value <= limit) return undefined;
  const text = `\`${name}\` has ${value} ${
    WORDS[kind][0]
  }; the limit is ${limit}`;
  return { kind, line, text, severity: value / limit };
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 4).map((name) => `\`${name}\``).join(", ");
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}
