import { makeProgram } from "../../cli/program.ts";
import { TestTerminal } from "../cli/support/test_terminal.ts";
import { blocksOf, fileNameOf, type Page, ROOT } from "./page.ts";

/** What a command of a page may begin with, besides Deno itself. */
const ORDINARY = new Set([
  ...["cd", "cp", "echo", "git", "jq", "kill", "mkdir", "node", "npm"],
  ...["source", "tail", "xargs"],
]);
const BUSBAR = /\bbusbar ([a-z]+)(?: ([a-z]+))?/g;
const PROGRAM = await makeProgram(new TestTerminal().terminal);
/** What Deno runs files with. */
const WITH_FILES = new Set(["run", "test", "check", "bench"]);

/** The commands that a page shows in its blocks, without the comments behind them. */
export function commandsOf(page: Page): string[] {
  return blocksOf(page)
    .filter(({ language }) => language === "sh")
    .flatMap(({ code }) =>
      code.replaceAll("\\\n", " ").replaceAll("|\n", "| ").split("\n")
    )
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter(Boolean);
}

/** The tasks that a page names anywhere, in a sentence or in a block. */
export function tasksIn({ text }: Page): string[] {
  return [...text.matchAll(/\b(?:deno|deno@[\d.]+)\s+task\s+([\w:-]+)/g)]
    .map(([, name = ""]) => name);
}

/** The versions of Deno that a page asks npm for. */
export function versionsIn({ text }: Page): string[] {
  return [...text.matchAll(/\bdeno@([\w.^~-]+\w)/g)].map(([, version = ""]) =>
    version
  );
}

/** What is wrong with a command of a page, or nothing. */
export async function problemOf(
  command: string,
  page: Page,
): Promise<string | undefined> {
  for (const [, name = "", second = ""] of command.matchAll(BUSBAR)) {
    if (!isOurs(name, second)) return `busbar has no ${name} ${second}`.trim();
  }
  for (const part of command.split(/\|+/)) {
    const problem = await problemOfOne(part.trim(), page);
    if (problem) return problem;
  }
  return undefined;
}

async function problemOfOne(
  command: string,
  page: Page,
): Promise<string | undefined> {
  const words = command.split(/\s+/);
  while (/^\w+=/.test(words[0] ?? "")) words.shift(); // what is set for the command alone
  // TypeScript's compiler, where the page has installed it before.
  if (command === "npx tsc") return undefined;
  if (words[0] === "npx") words.splice(0, 2);
  const [program = "", ...args] = words;
  if (ORDINARY.has(program) || program === "busbar") return undefined;
  if (!/^deno(@|$)/.test(program)) return `${program} may be missing`;
  if (!WITH_FILES.has(args[0] ?? "")) return undefined;
  const known = [...blocksOf(page).map(fileNameOf), ...writtenOn(page)];
  for (const file of args.filter((arg) => /\.tsx?$/.test(arg))) {
    const isThere = known.includes(file) || await exists(file);
    if (!isThere) return `there is no ${file}`;
  }
  return undefined;
}

/** Whether our command line has a command of this name, with another below it where it needs one. */
function isOurs(name: string, second: string): boolean {
  const command = PROGRAM.commands.find((one) => one.name() === name);
  if (!command) return false;
  return command.commands.length === 0 ||
    command.commands.some((one) => one.name() === second);
}

/** The files of the agents that a page has written for it. */
function writtenOn(page: Page): string[] {
  const text = commandsOf(page).join("\n");
  return [...text.matchAll(/busbar new agent (\w+)/g)]
    .flatMap(([, name]) => [`${name}.ts`, `${name}_test.ts`]);
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(new URL(path, ROOT)).then(() => true, () => false);
}
