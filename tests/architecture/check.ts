import { findAmbientViolations } from "./ambient.ts";
import { findCycles } from "./cycles.ts";
import { type Entries, findLayerViolations } from "./layers.ts";
import { findSizeViolations, type SizeRecord } from "./sizes.ts";
import {
  child,
  children,
  lineOf,
  parseSource,
  type SourceFile,
  type SyntaxNode,
} from "./syntax.ts";
import { roomOf, type Violation } from "./violation.ts";

/** What the checks need to know besides the files. */
export interface House {
  /** What users may import. */
  readonly entries: Entries;
  /** The sizes as recorded. */
  readonly sizes: SizeRecord;
}

/** Every place in the given files that breaks a rule of the house, in the order of the files. */
export function findViolations(
  files: readonly SourceFile[],
  house: House,
): Violation[] {
  const found: Violation[] = [];
  const programs = new Map<string, SyntaxNode>();
  for (const file of files) {
    try {
      const program = parseSource(file);
      programs.set(file.path, program);
      found.push(...findViolationsIn(file, program, house));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const { message } = error;
      found.push({ rule: "syntax", file: file.path, line: 1, message });
    }
  }
  return [...found, ...findCycles(programs, house.entries)];
}

function findViolationsIn(
  { path, text }: SourceFile,
  program: SyntaxNode,
  { entries, sizes }: House,
): Violation[] {
  return [
    ...findLayerViolations(path, program, entries),
    ...findAmbientViolations(path, program),
    ...findSizeViolations(path, text, program, sizes),
    ...findLogicAtTheDoor(path, program),
  ];
}

/** What is at the root passes on what others made, and has no logic of its own. */
function findLogicAtTheDoor(path: string, program: SyntaxNode): Violation[] {
  if (roomOf(path) !== path) return [];
  return children(program, "body")
    .filter((statement) => !passesOn(statement))
    .map((statement) => ({
      rule: "layers",
      file: path,
      line: lineOf(statement),
      message: `${path} only re-exports: the code belongs in a room`,
    }));
}

function passesOn(statement: SyntaxNode): boolean {
  return statement.type === "ExportAllDeclaration" ||
    (statement.type === "ExportNamedDeclaration" &&
      !child(statement, "declaration"));
}
