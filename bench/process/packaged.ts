import { join } from "node:path";
import { type Build, prepareBuild, ROOT } from "./build.ts";

interface Manifest {
  readonly exports: Readonly<Record<string, { readonly default: string }>>;
}

/**
 * Makes the package of this tree in `folder`, and prepares the library as it is
 * there.
 *
 * @throws {Error} If the package cannot be made.
 */
export async function preparePackage(folder: string): Promise<Build> {
  const archive = join(folder, "busbar.tgz");
  await run(Deno.execPath(), "task", "--quiet", "pack", archive);
  await run("tar", "-xf", archive, "-C", folder);
  const library = join(folder, "package");
  const read = (file: string) => Deno.readTextFile(file);
  const manifest = JSON.parse(await read(join(library, "package.json")));
  const { exports } = manifest as Manifest;
  const entries = Object.entries(exports).map(([entry, { default: path }]) => [
    entry,
    path,
  ]);
  const project = JSON.parse(await read(join(ROOT, "deno.json")));
  const settings = { ...project, exports: Object.fromEntries(entries) };
  const text = JSON.stringify(settings);
  await Deno.writeTextFile(join(library, "deno.json"), text);
  await Deno.copyFile(join(ROOT, "deno.lock"), join(library, "deno.lock"));
  return await prepareBuild("package", library, join(folder, "build"));
}

async function run(program: string, ...args: string[]): Promise<void> {
  const command = new Deno.Command(program, { args, cwd: ROOT });
  const { success, stderr } = await command.output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
