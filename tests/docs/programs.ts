import { type Block, blocksOf, fileNameOf, type Page, ROOT } from "./page.ts";

/** A program that a page shows: a block, and those that go on with it. */
export interface ShownProgram {
  /** Where it stands, for people: page and line. */
  readonly place: string;
  /** Its path in the folder of all programs. */
  readonly file: string;
  readonly code: string;
  /** The permissions that it is run with, as flags of Deno; it is not run if there are none here. */
  readonly flags: readonly string[] | undefined;
  /** What it has to print, where the page says so. */
  readonly prints: string | undefined;
}

/**
 * The programs of a page. A block marked `continued` goes on with the one above it;
 * one marked `run` ends by itself, and prints what the block `output` behind it says.
 *
 * @throws {Error} If a block is marked with a word that means nothing.
 */
export function programsOf(page: Page): ShownProgram[] {
  const blocks = blocksOf(page);
  const programs: ShownProgram[] = [];
  for (const [index, block] of blocks.entries()) {
    if (block.language !== "ts") continue;
    const program = toProgram(page, block, blocks[index + 1]);
    const before = block.words.includes("continued") ? programs.at(-1) : null;
    const code = (before?.code ?? "") + program.code;
    programs.push({ ...program, code });
  }
  return programs;
}

/** A folder with all programs, in which they find the library as a user's find it. */
export async function writePrograms(
  programs: readonly ShownProgram[],
): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "busbar-docs-" });
  await Deno.writeTextFile(`${folder}/deno.json`, await configuration());
  for (const { file, code } of programs) {
    const path = `${folder}/${file}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, code);
  }
  return folder;
}

function toProgram(page: Page, block: Block, next?: Block): ShownProgram {
  const place = `${page.path}:${block.line}`;
  const flags = block.words.filter((word) => word.startsWith("--allow-"));
  const others = block.words.filter((word) => !flags.includes(word));
  for (const word of others) {
    if (word === "run" || word === "continued") continue;
    throw new Error(`Cannot read ${place} as "${word}" marks no program`);
  }
  const name = fileNameOf(block) ?? `line_${block.line}.ts`;
  return {
    place,
    file: `${page.path.replaceAll(/[/.]/g, "_")}/${name}`,
    code: block.code,
    flags: others.includes("run") ? flags : undefined,
    prints: next?.language === "output" ? next.code : undefined,
  };
}

/** The project's own, without what is for those who work on it: a program on a page may leave a result unused. */
async function configuration(): Promise<string> {
  const text = await Deno.readTextFile(new URL("deno.json", ROOT));
  const { name, exports, imports, compilerOptions } = JSON.parse(text);
  const entries = Object.entries<string>(exports).map(([entry, path]) => [
    name + entry.slice(1),
    new URL(path, ROOT).href,
  ]);
  return JSON.stringify({
    imports: { ...imports, ...Object.fromEntries(entries) },
    compilerOptions: { ...compilerOptions, noUnusedLocals: false },
  });
}
