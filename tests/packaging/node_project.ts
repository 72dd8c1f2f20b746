import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { blocksOf, fileNameOf, readPage } from "../docs/page.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PROGRAMS = fileURLToPath(new URL("programs/", import.meta.url));
const OLDEST_NODE = 20;
/** What hangs must fail its test, and not the whole run. */
const PATIENCE_MS = 120_000;

/** What somebody who writes a program for Node in TypeScript installs. */
const TOOLS = ["typescript@5", `@types/node@${OLDEST_NODE}`];
/** The page that says how it is done: its settings are used, and its programs compiled with ours. */
const PAGE = "docs/guides/node.md";

/** Why there can be no project for Node here; `undefined` if there can. */
export async function lackOfNode(): Promise<string | undefined> {
  const node = await outputOf("node", ["--version"]).catch(() => undefined);
  // Where there is no node, Deno answers to that name.
  const version = node?.out.match(/^v(\d+)/)?.[1];
  if (!node || version === undefined) return "there is no node";
  if (Number(version) < OLDEST_NODE) return `node is ${node.out.trim()}`;
  const npm = await outputOf("npm", ["--version"]).catch(() => undefined);
  return npm ? undefined : "there is no npm";
}

/** What a command printed, and its status. */
export interface CommandOutput {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

/** A folder as a user of Node has it, with the packed library installed. Gone when disposed of. */
export class NodeProject implements AsyncDisposable {
  /** Where it is. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Packs the tree as it stands, and installs that. */
  static async create(): Promise<NodeProject> {
    const path = await Deno.makeTempDir({ prefix: "busbar-node-" });
    const project = new NodeProject(path);
    try {
      await project.#install();
      return project;
    } catch (error) {
      await project[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Compiles the programs; what the compiler complains of, one line each. */
  async compile(): Promise<string[]> {
    const args = ["node_modules/typescript/bin/tsc", "--project", "."];
    const { code, out } = await this.run("node", args);
    const complaints = out.split("\n").filter((line) => line !== "");
    assert.equal(code === 0, complaints.length === 0, out);
    return complaints;
  }

  /** Runs a compiled program to its end, which must be with status 0. @returns What it printed. */
  async runProgram(name: string, ...args: string[]): Promise<string[]> {
    const file = `built/${name}.js`;
    const { code, out, errors } = await this.run("node", [file, ...args]);
    assert.equal(code, 0, `${name} failed:\n${out}${errors}`);
    return out.trimEnd().split("\n");
  }

  /** Runs a command in the folder. */
  run(command: string, args: readonly string[]): Promise<CommandOutput> {
    return outputOf(command, args, this.path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }

  async #install(): Promise<void> {
    const file = `${this.path}/busbar.tgz`;
    await succeed(Deno.execPath(), ["task", "--quiet", "pack", file], ROOT);
    const settings = { private: true, type: "module" };
    await this.#write("package.json", JSON.stringify(settings));
    await Deno.mkdir(`${this.path}/programs/page`, { recursive: true });
    await this.#copyPage();
    for await (const { name } of Deno.readDir(PROGRAMS)) {
      const path = `${this.path}/programs/${name}`;
      await Deno.copyFile(PROGRAMS + name, path);
    }
    const quiet = ["--no-audit", "--no-fund", "--prefer-offline"];
    await succeed("npm", ["install", ...quiet, file, ...TOOLS], this.path);
  }

  async #copyPage(): Promise<void> {
    for (const block of blocksOf(await readPage(PAGE))) {
      const name = fileNameOf(block);
      if (name) await this.#write(`programs/page/${name}`, block.code);
      if (block.language === "json") {
        await this.#write("tsconfig.json", block.code);
      }
    }
  }

  async #write(name: string, text: string): Promise<void> {
    await Deno.writeTextFile(`${this.path}/${name}`, text);
  }
}

async function succeed(
  command: string,
  args: readonly string[],
  cwd: string,
): Promise<void> {
  const { code, out, errors } = await outputOf(command, args, cwd);
  assert.equal(code, 0, `${command} ${args.join(" ")}:\n${out}${errors}`);
}

async function outputOf(
  command: string,
  args: readonly string[],
  cwd: string = ROOT,
): Promise<CommandOutput> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1" },
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).output();
  const decoder = new TextDecoder();
  const [out, errors] = [decoder.decode(stdout), decoder.decode(stderr)];
  return { code, out, errors };
}
