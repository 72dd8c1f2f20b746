import { join, resolve } from "node:path";
import type { Build } from "./build.ts";
import { ROOT } from "./build.ts";

/** Longest that anything may take which a program is asked for, in milliseconds. */
const PATIENCE_MS = 30_000;

/** How a {@linkcode Child} is started. */
export interface ChildOptions {
  /** The library it runs with. @default {that of this tree} */
  build?: Build;
  /** A file that Node runs in its place. */
  nodeProgram?: string;
  /** Further options of `deno run`. */
  flags?: readonly string[];
}

/** A program of this folder in a process of its own, which does what it is asked. */
export class Child implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: PromiseWithResolvers<unknown>[] = [];
  readonly #reading: Promise<void>;
  #exited = false;

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#input = process.stdin.getWriter();
    this.#reading = this.#readAll();
  }

  /** Starts a program, given by its path from this folder or a whole one, and waits until it is ready. */
  static async start(
    program: string,
    args: readonly string[] = [],
    options: ChildOptions = {},
  ): Promise<Child> {
    const child = Child.spawn(program, args, options);
    await child.#answer();
    return child;
  }

  /** Starts a program that says nothing when it is ready. */
  static spawn(
    program: string,
    args: readonly string[],
    { build, nodeProgram, flags = [] }: ChildOptions = {},
  ): Child {
    const config = build?.config ?? join(ROOT, "deno.json");
    const path = resolve(ROOT, "bench", program);
    const run = ["run", "-A", "--no-prompt", "--config", config, ...flags];
    const [command, start] = nodeProgram === undefined
      ? [Deno.execPath(), [...run, path]]
      : ["node", [nodeProgram]];
    const process = new Deno.Command(command, {
      args: [...start, ...args],
      env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    return new Child(process);
  }

  /** Its process. */
  get pid(): number {
    return this.#process.pid;
  }

  /**
   * Has it do something, and waits for what comes of it.
   *
   * @throws {Error} If it failed there, took more than 30 s, or the process has ended.
   */
  async ask<T = unknown>(command: string, ...args: unknown[]): Promise<T> {
    const answer = this.#answer();
    const line = JSON.stringify([command, ...args]) + "\n";
    await this.#input.write(new TextEncoder().encode(line));
    return await answer as T;
  }

  /** Waits for the line that it says by itself. */
  async hear<T = unknown>(): Promise<T> {
    return await this.#answer() as T;
  }

  /** Kills it, and waits for its end: nothing of it is needed any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#exited) {
      try {
        this.#process.kill("SIGKILL");
      } catch {
        // It has ended already.
      }
    }
    await this.#process.status;
    await this.#reading;
    await this.#input.abort().catch(() => {});
  }

  #answer(): Promise<unknown> {
    const answer = Promise.withResolvers<unknown>();
    if (this.#exited) answer.reject(new Error("The program has ended"));
    else this.#answers.push(answer);
    const timer = setTimeout(
      () => answer.reject(new Error("The program does not answer")),
      PATIENCE_MS,
    );
    const heard = answer.promise.finally(() => clearTimeout(timer));
    // Not everybody waits for it any more.
    heard.catch(() => {});
    return heard;
  }

  async #readAll(): Promise<void> {
    let rest = "";
    const text = this.#process.stdout.pipeThrough(new TextDecoderStream());
    for await (const piece of text) {
      const lines = (rest + piece).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#take(line);
    }
    this.#exited = true;
    for (const one of this.#answers.splice(0)) {
      one.reject(new Error("The program has ended"));
    }
  }

  #take(line: string): void {
    // What a library prints is not an answer.
    if (!line.startsWith("{")) return console.error(line);
    const { result, error } = JSON.parse(line) as {
      result?: unknown;
      error?: string;
    };
    const answer = this.#answers.shift();
    if (error === undefined) answer?.resolve(result);
    else answer?.reject(new Error(error));
  }
}
