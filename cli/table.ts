import { stripVTControlCharacters } from "node:util";
import CliTable from "cli-table3";
import type { Terminal } from "./terminal.ts";

/** Every line that a table might draw, and that ours does not. */
const NO_LINES = Object.fromEntries(
  [
    ...["top", "top-mid", "top-left", "top-right"],
    ...["bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ...["left", "left-mid", "mid", "mid-mid"],
    ...["right", "right-mid", "middle"],
  ].map((name) => [name, ""]),
);

/** A column: its heading, and whether it holds numbers. */
export type Column = string | {
  readonly heading: string;
  readonly right: true;
};

/** Lays out rows below headings, without lines. On a terminal what is too long for the window is cut. */
export function tableLines(
  terminal: Terminal,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string[] {
  const { colors } = terminal;
  const table = new CliTable({
    head: columns.map((column) => colors.dim(headingOf(column))),
    colAligns: columns.map((column) =>
      typeof column === "string" ? "left" : "right"
    ),
    chars: NO_LINES,
    style: {
      head: [],
      border: [],
      compact: true,
      "padding-left": 0,
      "padding-right": 2,
    },
  });
  table.push(...rows.map((row) => [...row]));
  const width = terminal.isTerminal ? terminal.size.columns : Infinity;
  return table.toString().split("\n").map((line) => cut(line.trimEnd(), width));
}

/** Prints rows below headings, or says that there are none. */
export function printTable(
  terminal: Terminal,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  none: string,
): void {
  if (rows.length === 0) return terminal.note(none);
  for (const line of tableLines(terminal, columns, rows)) terminal.print(line);
}

function headingOf(column: Column): string {
  return typeof column === "string" ? column : column.heading;
}

// deno-lint-ignore no-control-regex
const COLOUR = /(\x1b\[[\d;]*m)/;

/** The first `width` characters of a line, its colours aside; where something is cut off it ends in an ellipsis. */
export function cut(line: string, width: number): string {
  if (stripVTControlCharacters(line).length <= width) return line;
  let text = "";
  let room = Math.max(0, width - 1);
  for (const [index, part] of line.split(COLOUR).entries()) {
    // The odd parts are colours: kept to the last, which ends them.
    const taken = index % 2 === 1 ? part : part.slice(0, room);
    if (index % 2 === 0) room -= taken.length;
    text += taken;
  }
  return `${text}…`;
}
