import {
  type Entries,
  importSites,
  isProjectFile,
  targetOf,
} from "./layers.ts";
import type { SyntaxNode } from "./syntax.ts";
import type { Violation } from "./violation.ts";

/** A file's imports that are there when the program runs. */
interface Arrow {
  readonly target: string;
  readonly line: number;
}

/**
 * Reports files that need each other to be loaded first. Imports of types alone
 * are no such need: nothing of them is left when the program runs.
 */
export function findCycles(
  programs: ReadonlyMap<string, SyntaxNode>,
  entries: Entries,
): Violation[] {
  const arrows = new Map<string, Arrow[]>();
  for (const [path, program] of programs) {
    arrows.set(path, arrowsOf(path, program, entries));
  }
  const found: Violation[] = [];
  const done = new Set<string>();
  for (const path of programs.keys()) follow(path, [], arrows, done, found);
  return found;
}

function follow(
  path: string,
  trail: readonly string[],
  arrows: ReadonlyMap<string, readonly Arrow[]>,
  done: Set<string>,
  found: Violation[],
): void {
  if (done.has(path)) return;
  const here = [...trail, path];
  for (const { target, line } of arrows.get(path) ?? []) {
    const start = here.indexOf(target);
    if (start < 0) follow(target, here, arrows, done, found);
    else {
      const cycle = [...here.slice(start), target].join(" → ");
      const message =
        `these files need each other to be loaded first: ${cycle}`;
      found.push({ rule: "cycle", file: path, line, message });
    }
  }
  done.add(path);
}

function arrowsOf(
  path: string,
  program: SyntaxNode,
  entries: Entries,
): Arrow[] {
  return importSites(program)
    .filter(({ specifier, typeOnly }) => !typeOnly && isProjectFile(specifier))
    .map(({ specifier, line }) => ({
      target: targetOf(path, specifier, entries),
      line,
    }));
}
