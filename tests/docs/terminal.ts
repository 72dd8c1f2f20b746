import assert from "node:assert/strict";

/** What hangs must fail its test, and not the whole run. The first command on a page checks the types of the library. */
const PATIENCE_MS = 240_000;

/** Where a command line runs. */
export interface TerminalOptions {
  /** Its folder. */
  readonly cwd: string;
  /** Where its programs are looked for. */
  readonly path: string;
}

/** A command line that was given to a shell, and what it prints. */
export class Terminal implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #output: ReadableStreamDefaultReader<string>;
  readonly #errors: Promise<string>;
  readonly #patience: ReturnType<typeof setTimeout>;
  #read = "";

  /** Starts it. */
  constructor(code: string, { cwd, path }: TerminalOptions) {
    this.#child = new Deno.Command("sh", {
      args: ["-ec", code],
      cwd,
      env: { PATH: path, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const { stdout, stderr } = this.#child;
    this.#output = stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#errors = new Response(stderr).text();
    this.#patience = setTimeout(() => this.#kill("SIGKILL"), PATIENCE_MS);
  }

  /** The next line that it prints; if it ends before, what it complained of. */
  async nextLine(): Promise<string> {
    for (;;) {
      const end = this.#read.indexOf("\n");
      if (end >= 0) {
        const line = this.#read.slice(0, end);
        this.#read = this.#read.slice(end + 1);
        return line;
      }
      const { value, done } = await this.#output.read();
      if (done) assert.fail(`it ended: ${this.#read}${await this.#errors}`);
      this.#read += value;
    }
  }

  /** All that it prints until it ends, which must be with status 0. */
  async rest(): Promise<string> {
    for (;;) {
      const { value, done } = await this.#output.read();
      if (done) break;
      this.#read += value;
    }
    const { code } = await this.#child.status;
    assert.equal(code, 0, `it failed: ${this.#read}${await this.#errors}`);
    return this.#read;
  }

  /** Presses Ctrl-C, and waits for the end, which must be with status 0. */
  async interrupt(): Promise<void> {
    this.#kill("SIGINT");
    try {
      await this.rest();
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill("SIGKILL");
    await this.#output.cancel();
    await this.#errors;
    await this.#child.status;
    clearTimeout(this.#patience);
  }

  #kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended already.
    }
  }
}
