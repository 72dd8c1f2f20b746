import type { Command } from "commander";
import { z } from "zod";
import type { InspectorOptions } from "./reach.ts";
import { inspectorOf, withInspector } from "./reach.ts";
import { type Column, printTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** Options of every command that asks an inspector. */
export interface AskingOptions extends InspectorOptions {
  /** For a program to read. */
  readonly json?: boolean;
}

/** Lets a command ask an inspector, and print for people or for programs. */
export function withAsking(command: Command): Command {
  return withInspector(command).option("--json", "print lines of JSON");
}

/** How a list is asked for, and shown. */
export interface Listing<T> {
  /** Where the inspector has it. */
  readonly path: string;
  /** What is looked for. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** What each entry must be. */
  readonly entry: z.ZodType<T>;
  /** What people see. */
  readonly columns: readonly Column[];
  /** One entry, as people see it. */
  readonly row: (entry: T) => readonly string[];
  /** What is said where there is none. */
  readonly none: string;
}

/** Asks for a list, and prints it: a table for people, or a line of JSON for each entry. */
export async function printListing<T>(
  terminal: Terminal,
  options: AskingOptions,
  listing: Listing<T>,
): Promise<void> {
  const { path, query = {}, entry, columns, row, none } = listing;
  const inspector = await inspectorOf(terminal, options);
  const entries = await inspector.ask(z.array(entry), { path, query });
  if (options.json) {
    for (const one of entries) terminal.printJson(one);
  } else printTable(terminal, columns, entries.map(row), none);
}
