import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type Block, blocksOf, fileNameOf, type Page, ROOT } from "./page.ts";
import { Terminal } from "./terminal.ts";

/** Stands for npm's: the Deno that is asked for is the one that runs this. */
const NPX = `#!/bin/sh
case "$1 $2" in
  "-y deno@"*) shift 2; exec deno "$@" ;;
  *) echo "npx: unexpected $*" >&2; exit 64 ;;
esac
`;

/**
 * Somebody who does what a page says, from its top to its bottom, with npm and
 * nothing else, in a checkout of the project that is nobody else's.
 */
export class Reader implements AsyncDisposable {
  readonly #folder: string;
  /** What was started and stays up. */
  readonly #terminals: Terminal[] = [];
  #cwd: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#cwd = `${folder}/busbar`;
  }

  /** Somebody with a checkout in a folder of that name, and nothing beside it. */
  static async create(): Promise<Reader> {
    const folder = await Deno.makeTempDir({ prefix: "busbar-reader-" });
    await Deno.mkdir(`${folder}/busbar`);
    for await (const { name } of Deno.readDir(ROOT)) {
      if (name.startsWith(".")) continue;
      const path = fileURLToPath(new URL(name, ROOT));
      await Deno.symlink(path, `${folder}/busbar/${name}`);
    }
    await Deno.mkdir(`${folder}/bin`);
    await Deno.symlink(Deno.execPath(), `${folder}/bin/deno`);
    await Deno.writeTextFile(`${folder}/bin/npx`, NPX, { mode: 0o755 });
    return new Reader(folder);
  }

  /** Does what the blocks of a page say, in order, and compares what is printed. */
  async follow(page: Page): Promise<void> {
    const blocks = blocksOf(page);
    for (const [index, block] of blocks.entries()) {
      const next = blocks[index + 1];
      const prints = next?.language === "output" ? next.code : undefined;
      try {
        await this.#follow(block, prints);
      } catch (cause) {
        const place = `${page.path}:${block.line}`;
        throw new Error(`${place}: ${(cause as Error).message}`, { cause });
      }
    }
  }

  /** Presses Ctrl-C in every terminal, and throws the checkout away. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const terminal of this.#terminals) await terminal.interrupt();
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #follow(block: Block, prints: string | undefined): Promise<void> {
    const { language, words, code } = block;
    const name = fileNameOf(block);
    if (language === "ts" && name) {
      await Deno.writeTextFile(`${this.#cwd}/${name}`, code);
    }
    if (language !== "sh") return;
    if (words.includes("run")) await this.#run(code, prints);
    else if (words.join(" ") === "stays up") await this.#start(code, prints);
  }

  async #run(code: string, prints: string | undefined): Promise<void> {
    const where = `${this.#folder}/cwd`;
    await using terminal = this.#open(`${code}\npwd > "${where}"`);
    const printed = await terminal.rest();
    this.#cwd = (await Deno.readTextFile(where)).trim();
    if (prints !== undefined) assert.equal(printed, prints);
  }

  async #start(code: string, prints = ""): Promise<void> {
    // In place of the shell, so that Ctrl-C reaches it.
    const terminal = this.#open(`exec ${code}`);
    this.#terminals.push(terminal);
    for (const line of prints.trimEnd().split("\n")) {
      assert.equal(await terminal.nextLine(), line);
    }
  }

  #open(code: string): Terminal {
    const path = `${this.#folder}/bin:${Deno.env.get("PATH")}`;
    return new Terminal(code, { cwd: this.#cwd, path });
  }
}
