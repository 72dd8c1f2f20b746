import { fileURLToPath } from "node:url";

const PROGRAMS = fileURLToPath(new URL("./programs/", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

/** How a {@linkcode Child} is started. */
export interface ChildOptions {
  /** Most file descriptors it may have open; as many as this process, if left out. */
  maxFiles?: number;
}

/** One of the programs in `programs/`, in a process of its own, which does what it is asked. */
export class Child implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: PromiseWithResolvers<unknown>[] = [];
  readonly #reading: Promise<void>;

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#input = process.stdin.getWriter();
    this.#reading = this.#readAll();
  }

  /** Starts a program, and waits until it is ready. */
  static async start(
    program: string,
    args: readonly unknown[],
    { maxFiles }: ChildOptions = {},
  ): Promise<Child> {
    const limit = maxFiles === undefined ? "" : `ulimit -n ${maxFiles} && `;
    const process = new Deno.Command("sh", {
      args: [
        "-c",
        `${limit}exec "$@"`,
        "sh",
        Deno.execPath(),
        ...["run", "-A", "--no-prompt", "--config", CONFIG],
        PROGRAMS + program,
        ...args.map((arg) => JSON.stringify(arg)),
      ],
      env: { NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const child = new Child(process);
    await child.#answer();
    return child;
  }

  /** Its process. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Has it do something, and waits for what comes of it; one after the other. */
  async ask<T = unknown>(command: string, ...args: unknown[]): Promise<T> {
    const answer = this.#answer();
    const line = JSON.stringify([command, ...args]) + "\n";
    await this.#input.write(new TextEncoder().encode(line));
    return await answer as T;
  }

  /** Sends it a signal. */
  kill(signal: Deno.Signal): void {
    this.#process.kill(signal);
  }

  /** Kills it, and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.#process.status;
    await this.#reading;
    await this.#input.abort().catch(() => {});
  }

  #answer(): Promise<unknown> {
    const answer = Promise.withResolvers<unknown>();
    this.#answers.push(answer);
    return answer.promise;
  }

  async #readAll(): Promise<void> {
    let rest = "";
    const text = this.#process.stdout.pipeThrough(new TextDecoderStream());
    for await (const piece of text) {
      const lines = (rest + piece).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#take(JSON.parse(line));
    }
    for (const one of this.#answers.splice(0)) {
      one.promise.catch(() => {});
      one.reject(new Error("The program has ended"));
    }
  }

  #take({ result, error }: { result?: unknown; error?: string }): void {
    const answer = this.#answers.shift();
    if (error === undefined) answer?.resolve(result);
    else answer?.reject(new Error(error));
  }
}
