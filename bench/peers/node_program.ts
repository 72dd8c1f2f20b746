import { join } from "node:path";
import { ROOT } from "../process/build.ts";

/** A program that Node is to run, as its packages are made for it. */
export interface NodeProgramOptions {
  /** Its file in `programs/`. */
  readonly program: string;
  /** The package that it is not bundled with. */
  readonly packageName: string;
  readonly version: string;
  /** Where the bundle and the package go. */
  readonly folder: string;
}

/**
 * Makes one file of a program that Node can run, with a package beside it.
 *
 * @returns Its path.
 */
export async function makeNodeProgram(
  { program, packageName, version, folder }: NodeProgramOptions,
): Promise<string> {
  const specifier = `npm:${packageName}@${version}`;
  const settings = {
    nodeModulesDir: "auto",
    allowScripts: { deny: [`npm:${packageName}`] },
  };
  const config = JSON.stringify(settings);
  await Deno.writeTextFile(join(folder, "deno.json"), config);
  await deno(folder, "install", "--quiet", specifier);
  const output = join(folder, "program.mjs");
  await deno(
    folder,
    ...["bundle", "--quiet", "--config", join(ROOT, "deno.json")],
    ...["--external", specifier, "--output", output],
    join(ROOT, "bench/peers/programs", program),
  );
  const text = await Deno.readTextFile(output);
  await Deno.writeTextFile(output, text.replaceAll(specifier, packageName));
  return output;
}

async function deno(cwd: string, ...args: string[]): Promise<void> {
  const command = new Deno.Command(Deno.execPath(), { args, cwd });
  const { success, stderr } = await command.output();
  if (success) return;
  throw new Error(
    `deno ${args[0]} failed: ${new TextDecoder().decode(stderr)}`,
  );
}
