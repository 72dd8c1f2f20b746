import { parseDocument } from "yaml";
import { CommandError } from "../command_error.ts";
import { EXIT } from "../exit_code.ts";
import { VERSION } from "../version.ts";
import {
  type AgentNames,
  agentText,
  settingsText,
  testText,
} from "./templates.ts";

const SELF = "@busbar/busbar";
const SETTINGS = ["deno.json", "deno.jsonc"] as const;
/** What an agent and its tests import. */
const NEEDED = [".", "./transports/unix", "./storage/sqlite", "./testing"];

/** What was written. */
export interface WrittenAgent {
  /** The files. */
  readonly files: readonly string[];
  /** What the folder's settings must say, where there were some that do not. */
  readonly missingImports?: Readonly<Record<string, string>>;
}

/**
 * Writes an agent, its test, and where there is none a file of settings.
 *
 * @throws {CommandError} If a file is in the way.
 */
export async function writeAgent(
  folder: string,
  names: AgentNames,
): Promise<WrittenAgent> {
  const files: Record<string, string> = {
    [`${folder}/${names.file}.ts`]: agentText(names),
    [`${folder}/${names.file}_test.ts`]: testText(names),
  };
  const imports = await readImports();
  const known = await knownImports(folder);
  if (!known) files[`${folder}/deno.json`] = settingsText(names, imports);
  for (const path of Object.keys(files)) await checkFree(path);
  await Deno.mkdir(folder, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    await Deno.writeTextFile(path, text, { createNew: true });
  }
  const isMissing = known !== undefined && !known.includes(SELF);
  return {
    files: Object.keys(files),
    ...(isMissing && { missingImports: imports }),
  };
}

/** The project's entries, where this program has them from. */
async function readImports(): Promise<Record<string, string>> {
  const sourceOf = await findSources();
  return Object.fromEntries(
    NEEDED.map((name) => [SELF + name.slice(1), sourceOf(name)]),
  );
}

async function findSources(): Promise<(entry: string) => string> {
  // In the package on npm everything is translated, and there is no deno.json.
  if (!import.meta.url.endsWith(".ts")) {
    return (entry) => `npm:${SELF}@^${VERSION}${entry.slice(1)}`;
  }
  const { default: { exports } } = await import("../../deno.json", {
    with: { type: "json" },
  });
  const files: Readonly<Record<string, string>> = exports;
  return (entry) => new URL(`../../${files[entry]}`, import.meta.url).href;
}

/** What a folder's settings, or those of one above it, have imported by name; nothing where there are none. */
async function knownImports(
  folder: string,
): Promise<readonly string[] | undefined> {
  await Deno.mkdir(folder, { recursive: true });
  let path = await Deno.realPath(folder);
  for (;;) {
    for (const name of SETTINGS) {
      const text = await textOf(`${path}/${name}`);
      if (text !== undefined) return importedBy(text);
    }
    const above = path.slice(0, Math.max(1, path.lastIndexOf("/")));
    if (above === path) return undefined;
    path = above;
  }
}

function importedBy(text: string): readonly string[] {
  // With the comments that Deno's settings may have, which YAML has not.
  const plain = text.replaceAll(/^\s*\/\/.*$/gm, "");
  const settings: unknown = parseDocument(plain).toJS();
  const imports = typeof settings === "object" && settings !== null &&
      "imports" in settings
    ? settings.imports
    : undefined;
  return Object.keys(imports ?? {});
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function checkFree(path: string): Promise<void> {
  if (await textOf(path) === undefined) return;
  throw new CommandError(
    EXIT.failed,
    `Cannot write ${path} as it must not be there yet: it is; choose another name, or another --folder`,
  );
}
