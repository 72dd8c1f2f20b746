import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { extract } from "tar";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The package, out of its file. Gone when disposed of. */
class Package implements AsyncDisposable {
  readonly #place: string;
  readonly #folder: string;

  private constructor(place: string) {
    this.#place = place;
    this.#folder = join(place, "package");
  }

  static async make(): Promise<Package> {
    const place = await Deno.makeTempDir({ prefix: "busbar-package-" });
    const made = new Package(place);
    try {
      await made.#unpack();
      return made;
    } catch (error) {
      await made[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** All of its files, as paths from its folder. */
  async files(folder = ""): Promise<string[]> {
    const files: string[] = [];
    for await (const entry of Deno.readDir(join(this.#folder, folder))) {
      const path = join(folder, entry.name);
      files.push(...entry.isDirectory ? await this.files(path) : [path]);
    }
    return files;
  }

  async text(file: string): Promise<string> {
    return await Deno.readTextFile(join(this.#folder, file));
  }

  /** All that is loaded with a module: files, and names of what is not of the package. */
  async loadedWith(
    file: string,
    known: Set<string> = new Set(),
  ): Promise<Set<string>> {
    if (known.has(file)) return known;
    known.add(file);
    if (!file.endsWith(".js")) return known;
    const text = await this.text(file);
    for (const [, from = ""] of text.matchAll(/^(?:import|\}) .*"(.*)";$/gm)) {
      const isOurs = from.startsWith(".");
      await this.loadedWith(isOurs ? join(file, "..", from) : from, known);
    }
    return known;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#place, { recursive: true });
  }

  async #unpack(): Promise<void> {
    const file = join(this.#place, "busbar.tgz");
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "pack", file],
      cwd: ROOT,
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    await extract({ file, cwd: this.#place });
  }
}

Deno.test("the package has its entries with their types, what they share, and nothing else", async () => {
  await using made = await Package.make();
  const files = await made.files();
  const { exports, name } = JSON.parse(await made.text("package.json"));
  const source = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  assert.equal(name, source.name);
  assert.deepEqual(Object.keys(exports), Object.keys(source.exports));
  const entries = Object.values<Record<string, string>>(exports);
  for (const { types = "", default: file = "" } of entries) {
    assert.ok(files.includes(join(types)), types);
    assert.ok(files.includes(join(file)), file);
  }
  const code = entries.map(({ default: file = "" }) => join(file));
  const others = files.filter((file) =>
    !code.includes(file) && !file.endsWith(".d.ts") &&
    !file.startsWith("shared/")
  );
  assert.deepEqual(others.sort(), [
    "CHANGES.md",
    "LICENSE",
    "README.md",
    "package.json",
  ]);
});

Deno.test("what a program imports of the package is few files, and none of another's", async (test) => {
  await using made = await Package.make();
  for (const [file, most] of [["connect.js", 10], ["mod.js", 15]] as const) {
    await test.step(`${file}, with the transport: at most ${most}`, async () => {
      const loaded = await made.loadedWith(file);
      await made.loadedWith("transports/unix.js", loaded);
      const foreign = [...loaded].filter((one) => !one.endsWith(".js"));
      assert.deepEqual(foreign, []);
      assert.ok(loaded.size <= most, [...loaded].join("\n"));
      assert.ok(loaded.size > 2, "nothing was found");
    });
  }
});
