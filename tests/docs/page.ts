/** The project's root. */
export const ROOT: URL = new URL("../../", import.meta.url);

/** A fenced block of a page. */
export interface Block {
  /** The first word behind the fence: `"ts"`. */
  readonly language: string;
  /** The words behind that: what is done with the block. */
  readonly words: readonly string[];
  /** What stands in it, with the line break at its end. */
  readonly code: string;
  /** The line of its fence, from 1. */
  readonly line: number;
}

/** A page for people. */
export interface Page {
  /** Where it is, from the root. */
  readonly path: string;
  /** All of it. */
  readonly text: string;
}

/** The site, and what builds it. */
const SKIPPED = new Set(["html", "site"]);

/** Every page whose commands and programs are held to work: those at the root, and those in `docs/`. */
export async function readPages(): Promise<Page[]> {
  const paths = ["README.md", "CONTRIBUTING.md"];
  for await (const path of filesIn("docs/")) {
    if (path.endsWith(".md")) paths.push(path);
  }
  return await Promise.all(paths.sort().map(readPage));
}

/** One page, by its path from the root. */
export async function readPage(path: string): Promise<Page> {
  return { path, text: await Deno.readTextFile(new URL(path, ROOT)) };
}

/** Every file below a folder, but for the site and its builder; the folder ends with a slash. */
export async function* filesIn(folder: string): AsyncGenerator<string> {
  for await (
    const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))
  ) {
    if (SKIPPED.has(name)) continue;
    if (isDirectory) yield* filesIn(`${folder}${name}/`);
    else yield folder + name;
  }
}

/** The fenced blocks of a page, in order. */
export function blocksOf({ text }: Page): Block[] {
  return [...text.matchAll(/^```(\S+)(.*)\n([^]*?)^```$/gm)].map((match) => {
    const [, language = "", words = "", code = ""] = match;
    const line = text.slice(0, match.index).split("\n").length;
    return { language, words: words.split(" ").filter(Boolean), code, line };
  });
}

/** What is left of a page without its fenced blocks. */
export function proseOf({ text }: Page): string {
  return text.replace(/^```\S*.*\n[^]*?^```$/gm, "");
}

/** The file that a block says it is, in a comment on its first line. */
export function fileNameOf({ code }: Block): string | undefined {
  return /^\/\/ (\S+\.ts)\n/.exec(code)?.[1];
}
