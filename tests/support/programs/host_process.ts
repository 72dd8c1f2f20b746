import assert from "node:assert/strict";
import type { ListenOptions } from "../../../mod.ts";
import { Program } from "../program.ts";

/** Something that the host said, with its counts at that moment. */
export interface HostLine {
  /** `"listening"`, `"counted"`, or the type of an event of the bus. */
  readonly type: string;
  /** Of `"counted"`: what the agent "counter" got. */
  readonly payload?: unknown;
  /** Of `"counted"`: how often it was handed out. */
  readonly attempt?: number;
  /** Whom it is about. */
  readonly agent?: string;
  /** Of `"connection_closed"`: why; absent after an orderly end. */
  readonly reason?: string;
  /** Counts of the bus. */
  readonly stats: {
    readonly connectionErrors: number;
    readonly totalAcked: number;
    readonly totalRedelivered: number;
    readonly deadLetters: number;
  };
  /** Memory of the host's buffers, also where nothing was written into it yet. */
  readonly externalBytes: number;
}

/** A bus in a process of its own: `watched_host.ts`, read line by line. */
export class HostProcess implements AsyncDisposable {
  readonly #program: Program;
  readonly #lines: HostLine[] = [];
  readonly #reading: Promise<void>;
  #arrived = Promise.withResolvers<void>();
  #hasEnded = false;

  private constructor(program: Program) {
    this.#program = program;
    this.#reading = this.#readAll();
  }

  /** Starts a host, and waits until it listens. */
  static async start(
    path: string,
    options: ListenOptions = {},
  ): Promise<HostProcess> {
    const program = startProgram("watched_host.ts", path, options);
    const host = new HostProcess(program);
    await host.next("listening");
    return host;
  }

  /** The next line of this type that fits; those before it are skipped. */
  async next(
    type: string,
    fits: (line: HostLine) => boolean = () => true,
  ): Promise<HostLine> {
    for (;;) {
      const line = await this.#read(`"${type}"`);
      if (line.type === type && fits(line)) return line;
    }
  }

  /** Reads on until an agent leaves in order, which it must do before anything else is counted. */
  async nextLeave(): Promise<HostLine> {
    for (;;) {
      const line = await this.#read("that an agent has left");
      assert.notEqual(line.type, "counted", JSON.stringify(line.payload));
      if (line.type === "connection_closed") return line;
    }
  }

  /** Kills it, as the kernel does when memory runs out, and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
    await this.#reading;
  }

  async #read(awaited: string): Promise<HostLine> {
    while (this.#lines.length === 0 && !this.#hasEnded) {
      await this.#arrived.promise;
    }
    const line = this.#lines.shift();
    assert.ok(line, `the host ended before it said ${awaited}`);
    return line;
  }

  // Whether or not the test asks: a host whose output nobody takes stands still
  // as soon as the pipe is full, at 64 KiB.
  async #readAll(): Promise<void> {
    for (let text; (text = await this.#program.nextLine()) !== undefined;) {
      this.#lines.push(JSON.parse(text));
      this.#wake();
    }
    this.#hasEnded = true;
    this.#wake();
  }

  #wake(): void {
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers<void>();
  }
}

/** Starts a program of this folder. */
export function startProgram(
  file: string,
  path: string,
  ...rest: (string | object)[]
): Program {
  const args = rest.map((one) =>
    typeof one === "string" ? one : JSON.stringify(one)
  );
  return new Program(["-A", `tests/support/programs/${file}`, path, ...args]);
}
