import { blocksOf, fileNameOf, type Page, ROOT } from "./page.ts";

/** What a command of a page may begin with, besides Deno itself. */
const ORDINARY = new Set(["cd", "cp", "echo", "git", "kill", "mkdir"]);
/** What Deno runs files with. */
const WITH_FILES = new Set(["run", "test", "check", "bench"]);

/** The commands that a page shows in its blocks, without the comments behind them. */
export function commandsOf(page: Page): string[] {
  return blocksOf(page)
    .filter(({ language }) => language === "sh")
    .flatMap(({ code }) => code.replaceAll("\\\n", " ").split("\n"))
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
  const words = command.split(/\s+/);
  while (/^\w+=/.test(words[0] ?? "")) words.shift(); // what is set for the command alone
  if (words[0] === "npx") words.splice(0, 2);
  const [program = "", ...args] = words;
  if (ORDINARY.has(program)) return undefined;
  if (!/^deno(@|$)/.test(program)) return `${program} may be missing`;
  if (!WITH_FILES.has(args[0] ?? "")) return undefined;
  const known = blocksOf(page).map(fileNameOf);
  for (const file of args.filter((arg) => /\.tsx?$/.test(arg))) {
    const isThere = known.includes(file) || await exists(file);
    if (!isThere) return `there is no ${file}`;
  }
  return undefined;
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(new URL(path, ROOT)).then(() => true, () => false);
}
