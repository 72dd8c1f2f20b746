import { fingerprintFunctions, type FunctionPrint } from "./fingerprints.ts";
import {
  type Finding,
  functionFindings,
  lineFindings,
  THRESHOLDS,
  toolFindings,
} from "./findings.ts";
import { type FunctionFigures, measureFunctions } from "./functions.ts";
import type { Source } from "./syntax.ts";
import { measureLines } from "./text_lines.ts";
import type { ToolFigures } from "./tool_output.ts";

/** What is known of one text. */
export interface TextFigures {
  readonly lines: number;
  readonly functions: readonly FunctionFigures[];
  readonly prints: readonly FunctionPrint[];
  readonly findings: readonly Finding[];
}

/** Looks at a source text: its functions, its lines, and what the tools said. */
export function analyseSource(
  text: string,
  { program, tokens }: Source,
  tools: ToolFigures,
): TextFigures {
  const functions = measureFunctions(program);
  const lines = measureLines(text, THRESHOLDS.sourceLineChars);
  return {
    lines: lines.lines,
    functions,
    prints: fingerprintFunctions(functions, tokens),
    findings: [
      ...functionFindings(functions),
      ...lineFindings(lines, THRESHOLDS.sourceLineChars),
      ...toolFindings(tools),
    ],
  };
}

/** Looks at any other text: its lines. */
export function analyseText(text: string): TextFigures {
  const lines = measureLines(text, THRESHOLDS.textLineChars);
  return {
    lines: lines.lines,
    functions: [],
    prints: [],
    findings: lineFindings(lines, THRESHOLDS.textLineChars),
  };
}
