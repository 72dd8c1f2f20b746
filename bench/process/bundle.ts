import { basename, join } from "node:path";
import { ROOT } from "./build.ts";

/**
 * Makes one JavaScript file of a program, given by its path from this folder,
 * and of all it imports, as `docs/guides/start_sooner.md` says.
 *
 * @returns The path of the file, which is in `folder`.
 * @throws {Error} If it cannot be bundled.
 */
export async function bundle(program: string, folder: string): Promise<string> {
  const options = ["--quiet", "--code-splitting", "--outdir", folder];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", ...options, join(ROOT, "bench", program)],
    cwd: ROOT,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return join(folder, `${basename(program, ".ts")}.js`);
}
