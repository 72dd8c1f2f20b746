import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { create, extract } from "tar";
import { bundle } from "./bundle.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
/** The folder that npm wants everything in. */
const PACKAGE = "package";

/**
 * Makes the package: the modules translated and with their types, as `deno pack`
 * does, and brought together in few files, which are sooner loaded.
 *
 * @throws {Error} If a module cannot be translated or bundled.
 */
export async function pack(file: string): Promise<void> {
  const place = await Deno.makeTempDir({ prefix: "busbar-pack-" });
  try {
    const translated = join(place, "translated.tgz");
    await translate(translated);
    await extract({ file: translated, cwd: place });
    await bundle(join(place, PACKAGE));
    const options = { gzip: true, portable: true, cwd: place };
    await create({ ...options, file }, [PACKAGE]);
  } finally {
    await Deno.remove(place, { recursive: true });
  }
}

async function translate(file: string): Promise<void> {
  const options = ["--quiet", "--allow-dirty", "--no-source-maps"];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["pack", ...options, "--output", file],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
