import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of this tree. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** One state of the library, which the programs of this folder can be run with. */
export interface Build {
  /** What it is called in the result. */
  readonly name: string;
  /** The configuration under which `@busbar/busbar` is this state. */
  readonly config: string;
}

interface Manifest {
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
  readonly compilerOptions: Readonly<Record<string, unknown>>;
}

/**
 * Prepares the library at `root` for being measured: writes a configuration
 * into `folder` under which its entries and packages are found from anywhere,
 * so that programs of this tree run with the library of another.
 */
export async function prepareBuild(
  name: string,
  root: string,
  folder: string,
): Promise<Build> {
  const text = await Deno.readTextFile(join(root, "deno.json"));
  const { exports, imports, compilerOptions } = JSON.parse(text) as Manifest;
  // Older states have `connect()` in their first entry alone.
  const all = { "./connect": exports["."] ?? "", ...exports };
  const entries = Object.entries(all).map(([entry, path]) => [
    join("@busbar/busbar", entry).replace(/\/$/, ""),
    join(root, path),
  ]);
  const { strict, jsx, jsxImportSource } = compilerOptions;
  await Deno.mkdir(folder, { recursive: true });
  const lock = join(folder, "deno.lock");
  // Its own lock: the same packages as ever, and whatever is added stays out of the tree.
  await Deno.copyFile(join(root, "deno.lock"), lock);
  const config = join(folder, "deno.json");
  const written = {
    imports: { ...imports, ...Object.fromEntries(entries) },
    compilerOptions: { strict, jsx, jsxImportSource },
    lock,
    // What the comparison with others needs is in the lock, and would be warned of.
    allowScripts: { deny: ["npm:zeromq"] },
  };
  await Deno.writeTextFile(config, JSON.stringify(written, null, 2));
  return { name, config };
}
