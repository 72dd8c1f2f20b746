import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { VERSION } from "../../cli/version.ts";
import { commandsOf } from "../docs/commands.ts";
import { readPage } from "../docs/page.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PATIENCE_MS = 60_000;

Deno.test("busbar is installed from a checkout as the page says, and runs from anywhere", async () => {
  const page = await readPage("docs/guides/command_line.md");
  const line = commandsOf(page).find((one) => one.startsWith("deno install"));
  assert.ok(line, "the page does not say how");
  const root = await Deno.makeTempDir({ prefix: "busbar-install-" });
  try {
    // What it installs calls Deno by its name.
    await Deno.mkdir(`${root}/path`);
    await Deno.symlink(Deno.execPath(), `${root}/path/deno`);
    const path = `${root}/path:${Deno.env.get("PATH")}`;
    const environment = { PATH: path, DENO_INSTALL_ROOT: root, NO_COLOR: "1" };
    const run = (cwd: string, command: string) =>
      shell(cwd, command, environment);
    await run(ROOT, line);
    const busbar = `${root}/bin/busbar`;
    assert.equal(await run(root, `${busbar} --version`), `${VERSION}\n`);
    await run(root, `${busbar} new agent coder`);
    assert.match(await run(root, "deno test -A coder_test.ts"), /2 passed/);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("busbar's version is that of the package", async () => {
  const text = await Deno.readTextFile(`${ROOT}deno.json`);
  assert.equal(VERSION, JSON.parse(text).version);
});

async function shell(
  cwd: string,
  command: string,
  env: Record<string, string>,
): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", command],
    cwd,
    env,
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).output();
  const decoder = new TextDecoder();
  const out = decoder.decode(stdout);
  assert.equal(code, 0, `${command}:\n${out}${decoder.decode(stderr)}`);
  return out;
}
