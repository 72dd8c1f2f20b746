import { join, relative } from "node:path";
import { runTool } from "./run_tool.ts";
import { type Language, LIMITS } from "./work.ts";

/** A file worth looking at. */
export interface ListedFile {
  /** Its path within the folder, with `/` between the names. */
  readonly path: string;
  /** Where it is. */
  readonly file: string;
  readonly language: Language;
  readonly bytes: number;
}

/** What a folder holds. */
export interface Listing {
  readonly files: readonly ListedFile[];
  /** How many files were left out, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/**
 * Lists the files of a folder that can be looked at: by `git ls-files` where
 * that works, so that ignored files stay out, else by walking. At most
 * `maxFiles` are listed; the others are counted as left out. What begins with
 * a path of `except` is as if it were not there.
 */
export async function listFiles(
  folder: string,
  { maxFiles = LIMITS.maxFiles, except = [] }: {
    maxFiles?: number;
    except?: readonly string[];
  } = {},
): Promise<Listing> {
  const known = await knownToGit(folder);
  const paths = known.length > 0 ? known : await walk(folder);
  const files: ListedFile[] = [];
  const leftOut: Record<string, number> = {};
  for (const path of [...new Set(paths)].sort()) {
    const whole = join(folder, path);
    if (except.some((beginning) => whole.startsWith(beginning))) continue;
    const file = files.length < maxFiles
      ? await look(folder, path)
      : `beyond the limit of ${maxFiles} files`;
    if (typeof file !== "string") files.push(file);
    else leftOut[file] = (leftOut[file] ?? 0) + 1;
  }
  return { files, leftOut };
}

const SKIPPED_FOLDERS = new Set(["node_modules", ".git"]);
const SOURCE = /\.[cm]?[jt]sx?$/;
const GENERATED = /(\.lock|\.min\.js|-lock\.json|\.map)$/;
/** Entries that a walk looks at; a tree with more is listed in part. */
const MAX_WALKED = 50_000;
/** A file with a zero byte among so many first ones is no text. */
const SNIFFED_BYTES = 8_192;

async function knownToGit(folder: string): Promise<string[]> {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const output = await runTool("git", args, { cwd: folder });
  const paths = output.split("\0").filter((path) => path !== "");
  return paths.filter((path) => !path.split("/").some(isSkipped));
}

async function walk(folder: string): Promise<string[]> {
  const found: string[] = [];
  const folders = [folder];
  let walked = 0;
  for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
    for await (const { name, isDirectory, isFile } of Deno.readDir(at)) {
      if (++walked > MAX_WALKED) return found;
      const below = join(at, name);
      if (isDirectory && !isSkipped(name)) folders.push(below);
      if (isFile) found.push(relative(folder, below).replaceAll("\\", "/"));
    }
  }
  return found;
}

function isSkipped(name: string): boolean {
  return SKIPPED_FOLDERS.has(name);
}

/** The file, or why it is left out. */
async function look(
  folder: string,
  path: string,
): Promise<ListedFile | string> {
  if (GENERATED.test(path)) return "written by a tool";
  const file = join(folder, path);
  try {
    const { isFile, size } = await Deno.lstat(file);
    if (!isFile) return "no plain file";
    if (size > LIMITS.maxFileBytes) {
      return `over ${LIMITS.maxFileBytes / 1024} KiB`;
    }
    if (await isBinary(file)) return "binary";
    const language = SOURCE.test(path) ? "source" : "text";
    return { path, file, language, bytes: size };
  } catch (error) {
    // Files come and go while a folder is looked at.
    if (error instanceof Deno.errors.NotFound) return "gone";
    if (error instanceof Deno.errors.PermissionDenied) return "not readable";
    throw error;
  }
}

async function isBinary(file: string): Promise<boolean> {
  using handle = await Deno.open(file);
  const first = new Uint8Array(SNIFFED_BYTES);
  const read = await handle.read(first) ?? 0;
  return first.subarray(0, read).includes(0);
}
