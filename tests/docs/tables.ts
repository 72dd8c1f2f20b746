import type { Page } from "./page.ts";

/**
 * The rows of the tables below a heading, up to the next of its level or above:
 * their cells, without the line of names and the one below it.
 *
 * @throws {Error} If the page has no such heading.
 */
export function rowsBelow({ path, text }: Page, heading: string): string[][] {
  const lines = text.split("\n");
  const start = lines.indexOf(heading);
  if (start < 0) throw new Error(`${path} has no heading "${heading}"`);
  const level = heading.indexOf(" ");
  const rows: string[][] = [];
  for (const [index, line] of lines.slice(start + 1).entries()) {
    const [marks = ""] = /^#*/.exec(line) ?? [];
    if (marks && marks.length <= level) break;
    const below = lines[start + 1 + index + 1] ?? "";
    const isRow = line.startsWith("|") && !isRule(line) && !isRule(below);
    if (isRow) rows.push(cellsOf(line));
  }
  return rows;
}

/** What stands in code quotes in a cell. */
export function namesIn(cell = ""): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
}

function isRule(line: string): boolean {
  return /^\|[\s:|-]+\|$/.test(line);
}

function cellsOf(line: string): string[] {
  return line.slice(1, -1).split("|").map((cell) => cell.trim());
}
