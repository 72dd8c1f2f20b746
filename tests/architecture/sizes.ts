import {
  child,
  lineOf,
  nameOf,
  type SyntaxNode,
  visitRunning,
} from "./syntax.ts";
import { roomOf, type Violation } from "./violation.ts";

/** Longest function that needs no stated reason, in lines. */
export const MAX_FUNCTION_LINES = 70;
/** Longest file that needs no stated reason, in lines. */
export const MAX_FILE_LINES = 400;

/** A function or file that is longer than the house likes, and why it has to be. */
export interface Exception {
  readonly file: string;
  /** The function; absent when the whole file is meant. */
  readonly name?: string;
  /** How long it may be, in lines. */
  readonly lines: number;
  readonly reason: string;
}

/** What is recorded of sizes: the longest function of each room, and the exceptions. */
export interface SizeRecord {
  readonly longestFunctionByRoom: Readonly<Record<string, number>>;
  readonly exceptions: readonly Exception[];
}

/** A function of the project, with its length in lines. */
export interface MeasuredFunction {
  readonly file: string;
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

/** Reports functions and files that are longer than what is recorded for them. */
export function findSizeViolations(
  path: string,
  text: string,
  program: SyntaxNode,
  record: SizeRecord,
): Violation[] {
  const found: Violation[] = [];
  const report = (line: number, message: string) =>
    found.push({ rule: "size", file: path, line, message });

  const lines = text.split("\n").length - 1;
  const fileLimit = limitOf(record, path) ?? MAX_FILE_LINES;
  if (lines > fileLimit) {
    report(
      1,
      `the file has ${lines} lines, at most ${fileLimit} are allowed without a stated reason`,
    );
  }
  const recorded = record.longestFunctionByRoom[roomOf(path)] ??
    MAX_FUNCTION_LINES;
  for (const measured of measureFunctions(path, program)) {
    const limit = limitOf(record, path, measured.name) ??
      Math.min(recorded, MAX_FUNCTION_LINES);
    if (measured.lines > limit) {
      report(
        measured.line,
        `${measured.name}() has ${measured.lines} lines, at most ${limit} are recorded for it in sizes.json`,
      );
    }
  }
  return found;
}

/** Every function of a file, methods and arrow functions included. */
export function measureFunctions(
  path: string,
  program: SyntaxNode,
): MeasuredFunction[] {
  const measured: MeasuredFunction[] = [];
  visitRunning(program, (node, parents) => {
    if (!FUNCTIONS.has(node.type) || !child(node, "body")) return;
    measured.push({
      file: path,
      name: functionName(node, parents),
      line: lineOf(node),
      lines: node.loc.end.line - lineOf(node) + 1,
    });
  });
  return measured;
}

/** What would be recorded for the tree as it stands; exceptions stay as they are. */
export function recordSizes(
  functions: readonly MeasuredFunction[],
  record: SizeRecord,
): SizeRecord {
  const longest: Record<string, number> = {};
  for (const { file, name, lines } of functions) {
    if (limitOf(record, file, name) !== undefined) continue;
    const room = roomOf(file);
    longest[room] = Math.max(longest[room] ?? 0, lines);
  }
  const byName = Object.entries(longest).sort(([a], [b]) => a < b ? -1 : 1);
  return {
    longestFunctionByRoom: Object.fromEntries(byName),
    exceptions: record.exceptions,
  };
}

const FUNCTIONS = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
  "ObjectMethod",
  "ClassMethod",
  "ClassPrivateMethod",
]);

function limitOf(
  { exceptions }: SizeRecord,
  file: string,
  name?: string,
): number | undefined {
  return exceptions.find((exception) =>
    exception.file === file && exception.name === name
  )?.lines;
}

function functionName(
  node: SyntaxNode,
  parents: readonly SyntaxNode[],
): string {
  const parent = parents.at(-1);
  const own = child(node, "id") ?? child(node, "key") ?? child(parent, "key") ??
    (parent?.type === "VariableDeclarator" ? child(parent, "id") : undefined);
  const name = nameOf(own) ?? "(anonymous)";
  const owner = parents.findLast(({ type }) =>
    type === "ClassDeclaration" || type === "ClassExpression"
  );
  const className = nameOf(child(owner, "id"));
  return className ? `${className}.${name}` : name;
}
