import { dirname, join } from "node:path";
import { type Fault, planted } from "./fault.ts";

/** What a copy does without: nothing that is run is in it. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  ".git",
  "node_modules",
  "docs/html",
]);

/** A copy of the project in a folder of its own, in which faults may be planted. */
export class TreeCopy implements AsyncDisposable {
  /** Where it is. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Copies the project as it is now. */
  static async make(root: string): Promise<TreeCopy> {
    const tree = new TreeCopy(await Deno.makeTempDir({ prefix: "mutants_" }));
    await copyFolder(root, tree.path);
    return tree;
  }

  /**
   * Plants a fault. It is taken out again when what is returned is disposed of.
   *
   * @throws {Error} If the text that it replaces is not there exactly once.
   */
  async plant(fault: Fault): Promise<AsyncDisposable> {
    const path = join(this.path, fault.file);
    const source = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, planted(fault, source));
    return {
      [Symbol.asyncDispose]: () => Deno.writeTextFile(path, source),
    };
  }

  /**
   * Reads whether all of them can be planted: before the first is, as the last
   * would be reached after minutes.
   *
   * @throws {AggregateError} With one error for each that cannot.
   */
  async checkPlantable(faults: readonly Fault[]): Promise<void> {
    const errors: unknown[] = [];
    for (const fault of faults) {
      try {
        planted(fault, await Deno.readTextFile(join(this.path, fault.file)));
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 0) return;
    const text = errors.map((error) => String(error)).join("\n");
    throw new AggregateError(errors, text);
  }

  /** Removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

async function copyFolder(
  from: string,
  to: string,
  inside = "",
): Promise<void> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(from)) {
    const relative = inside === "" ? name : `${inside}/${name}`;
    if (LEFT_OUT.has(relative)) continue;
    const target = join(to, name);
    if (isDirectory) {
      await Deno.mkdir(target);
      await copyFolder(join(from, name), target, relative);
    } else if (isFile) await Deno.copyFile(join(from, name), target);
  }
}

/** The folder of the project. */
export function projectRoot(): string {
  return dirname(dirname(import.meta.dirname ?? "."));
}
