import { ROOT } from "./build.ts";

/**
 * Writes the tree of a git reference into a folder, without touching the
 * repository: nothing is left in it, however this ends.
 *
 * @returns What git says if there is no such reference.
 */
export async function writeTreeAt(
  reference: string,
  folder: string,
): Promise<string | undefined> {
  await Deno.mkdir(folder, { recursive: true });
  const archive = `${folder}.tar`;
  return await run("git", [
    ...["-C", ROOT, "archive", "--format=tar", `--output=${archive}`],
    reference,
  ]) ?? await run("tar", ["-xf", archive, "-C", folder]);
}

async function run(
  program: string,
  args: string[],
): Promise<string | undefined> {
  const command = new Deno.Command(program, { args });
  const { success, stderr } = await command.output();
  return success ? undefined : new TextDecoder().decode(stderr).trim();
}
