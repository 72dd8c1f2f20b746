import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PATIENCE_MS = 60_000;

/** A program of Deno in a process of its own, run from the project's root. */
export class Program implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  // A program that hangs must fail its test, and not the whole run.
  readonly #patience: ReturnType<typeof setTimeout>;

  /**
   * Starts `deno run` with the given arguments. With `-` among them the code is
   * read from `source`, which is all of its input; where there is none, the
   * input stays open.
   */
  constructor(args: readonly string[], source?: string) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", ...args],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#lines = this.#child.stdout
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new LineStream())
      .getReader();
    this.#patience = setTimeout(() => this.#kill(), PATIENCE_MS);
    this.#input = this.#child.stdin.getWriter();
    if (source !== undefined) void this.#feed(source);
  }

  /** Writes a line to its input. */
  async say(line: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
  }

  /** The next line that it prints, or nothing once it has ended. */
  async nextLine(): Promise<string | undefined> {
    return (await this.#lines.read()).value;
  }

  /** What it prints until it ends, which must be with status 0. */
  async allLines(): Promise<string[]> {
    const lines: string[] = [];
    for (let line; (line = await this.nextLine()) !== undefined;) {
      lines.push(line);
    }
    assert.equal(await this.status(), 0, lines.join("\n"));
    return lines;
  }

  /** Waits for its end. @returns The status. */
  async status(): Promise<number> {
    return (await this.#child.status).code;
  }

  /** Presses Ctrl-C, and waits for the end, which must be with status 0. */
  async interrupt(): Promise<void> {
    this.#child.kill("SIGINT");
    assert.equal(await this.status(), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill();
    await this.#lines.cancel();
    await this.#child.status;
    await this.#input.abort().catch(() => {});
    clearTimeout(this.#patience);
  }

  async #feed(source: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(source));
    await this.#input.close();
  }

  #kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      // It has ended already, which is what was wanted.
      if (
        !(error instanceof TypeError || error instanceof Deno.errors.NotFound)
      ) {
        throw error;
      }
    }
  }
}

/** Cuts text into lines. */
class LineStream extends TransformStream<string, string> {
  constructor() {
    let rest = "";
    super({
      transform(text, controller) {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) controller.enqueue(line);
      },
      flush(controller) {
        if (rest) controller.enqueue(rest);
      },
    });
  }
}
