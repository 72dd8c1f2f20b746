import type { Entries } from "./layers.ts";
import type { SizeRecord } from "./sizes.ts";
import type { SourceFile } from "./syntax.ts";

/** The project's root. */
export const ROOT: URL = new URL("../../", import.meta.url);

const SKIPPED = new Set([
  ".git",
  "node_modules",
  "coverage",
  "html",
]);
const CODE = /\.(ts|tsx|js|jsx|mjs)$/;

/** Every file of code in the project, as it lies on disk. */
export async function readProject(): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for await (const path of walk("", CODE)) {
    files.push({ path, text: await Deno.readTextFile(new URL(path, ROOT)) });
  }
  return files;
}

/** What `deno.json` publishes. */
export async function readEntries(): Promise<Entries> {
  const text = await Deno.readTextFile(new URL("deno.json", ROOT));
  const { exports } = JSON.parse(text) as { exports: Record<string, string> };
  return Object.fromEntries(
    Object.entries(exports).map(([name, path]) => [name, path.slice(2)]),
  );
}

/** Where sizes are recorded. */
export const SIZES: URL = new URL("sizes.json", import.meta.url);

/** The sizes as recorded. */
export async function readSizes(): Promise<SizeRecord> {
  return JSON.parse(await Deno.readTextFile(SIZES)) as SizeRecord;
}

/** The text of one file, by its path from the root. */
export function readText(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, ROOT));
}

/** Whether there is a file or folder of that path from the root. */
export async function exists(path: string): Promise<boolean> {
  return await Deno.stat(new URL(path, ROOT)).then(() => true, () => false);
}

/** Every page for people: those at the root, and those in `docs/`. */
export async function listPages(): Promise<string[]> {
  const pages = ["README.md", "CHANGES.md", "CONTRIBUTING.md"];
  for await (const path of walk("docs/", /\.md$/)) pages.push(path);
  return pages;
}

async function* walk(folder: string, wanted: RegExp): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(new URL(folder || ".", ROOT))) {
    if (SKIPPED.has(entry.name)) continue;
    const path = folder + entry.name;
    if (entry.isDirectory) yield* walk(`${path}/`, wanted);
    else if (wanted.test(entry.name)) yield path;
  }
}
