import { dirname, join, relative } from "node:path";
import { build, type OutputFile, stop } from "esbuild";

/** Where everything is that several entries need, or that is loaded when it is used. */
const SHARED = "shared";

/** What is loaded by its address: it is looked for beside what loads it, which is in the same folder. */
const THREADS = { [`${SHARED}/sqlite_worker`]: "storage/sqlite_worker.js" };

/** What stays of a package beside its code. */
const KEPT = /\.d\.ts$|^(package\.json|README\.md|CHANGES\.md|LICENSE)$/;

interface Manifest {
  readonly exports: Readonly<Record<string, { readonly default: string }>>;
}

/**
 * Brings the modules of a package together: each of its entries is a file still,
 * and what they have in common is in few. The runtime looks for every file that
 * a program imports, and that takes longer than reading it.
 *
 * @throws {Error} If a module cannot be read, or would look for another where it will not be.
 */
export async function bundle(folder: string): Promise<void> {
  const outputs = await outputsOf(folder);
  await removeSources(folder);
  for (const { path, contents } of outputs) {
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeFile(path, contents);
  }
}

async function outputsOf(folder: string): Promise<OutputFile[]> {
  const text = await Deno.readTextFile(join(folder, "package.json"));
  const { exports } = JSON.parse(text) as Manifest;
  const entries = Object.values(exports).map(({ default: file }) => [
    file.replace(/^\.\/|\.js$/g, ""),
    file,
  ]);
  try {
    const { outputFiles } = await build({
      absWorkingDir: folder,
      entryPoints: { ...Object.fromEntries(entries), ...THREADS },
      outdir: folder,
      chunkNames: `${SHARED}/[name]-[hash]`,
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "neutral",
      target: "esnext",
      packages: "external",
      // What only the sources have, and only they ask for.
      external: ["node:*", "*/deno.json"],
      allowOverwrite: true,
      write: false,
      logLevel: "silent",
    });
    checkAddresses(folder, outputFiles);
    return outputFiles;
  } finally {
    await stop();
  }
}

/** Code that asks where it is must be where its thread is. */
function checkAddresses(folder: string, outputs: readonly OutputFile[]): void {
  for (const { path, text } of outputs) {
    const file = relative(folder, path);
    if (!text.includes("import.meta.url") || dirname(file) === SHARED) continue;
    throw new Error(
      `Cannot bundle the package as what reads import.meta.url must be in ${SHARED}/: ${file} does`,
    );
  }
}

/** @returns Whether anything is left. */
async function removeSources(folder: string): Promise<boolean> {
  const left: boolean[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    const stays = isDirectory ? await removeSources(path) : KEPT.test(name);
    if (!stays) await Deno.remove(path);
    left.push(stays);
  }
  return left.includes(true);
}
