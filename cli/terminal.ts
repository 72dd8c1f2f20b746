import picocolors from "picocolors";
import type { Clock } from "../mod.ts";
import { jsonLine } from "./text.ts";

/** The reader of the output has gone away, as `head` does: nothing went wrong, and there is nothing left to do. */
export class OutputClosed extends Error {
  /** Thrown by whatever is printed next. */
  constructor() {
    super("The reader of the output has gone away");
    this.name = "OutputClosed";
  }
}

/** What the program sees of the machine. */
export interface TerminalPorts {
  /** Writes to standard output. @throws {Deno.errors.BrokenPipe} */
  writeOut: (text: string) => void;
  /** Writes to standard error. */
  writeError: (text: string) => void;
  /** Whether a person reads standard output. */
  isTerminal: boolean;
  /** Columns and rows of the window. */
  size: () => { readonly columns: number; readonly rows: number };
  /** A variable of the environment; an empty one is none. */
  env: (name: string) => string | undefined;
  /** Standard input. */
  input: () => ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Has keys come one by one, unseen, or line by line again. */
  setRaw: (raw: boolean) => void;
  /** Calls back at Ctrl-C and its like. @returns What ends that. */
  onStop: (callback: () => void) => () => void;
  /** Where time comes from. */
  clock: Clock;
}

/** The door to whoever runs the program: results to standard output, the rest to standard error. */
export class Terminal {
  readonly #ports: TerminalPorts;
  /** Colours, or their names only where nobody sees them. */
  readonly colors: ReturnType<typeof picocolors.createColors>;

  /** What is printed goes to the ports. */
  constructor(ports: TerminalPorts) {
    this.#ports = ports;
    this.colors = picocolors.createColors(
      ports.isTerminal && ports.env("NO_COLOR") === undefined &&
        ports.env("TERM") !== "dumb",
    );
  }

  /** Whether a person reads the output. */
  get isTerminal(): boolean {
    return this.#ports.isTerminal;
  }

  /** Columns and rows of the window. */
  get size(): { readonly columns: number; readonly rows: number } {
    return this.#ports.size();
  }

  /** Where time comes from. */
  get clock(): Clock {
    return this.#ports.clock;
  }

  /** A variable of the environment; an empty one is none. */
  env(name: string): string | undefined {
    return this.#ports.env(name);
  }

  /** Standard input. */
  input(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#ports.input();
  }

  /** Has keys come one by one, unseen, or line by line again. */
  setRaw(raw: boolean): void {
    this.#ports.setRaw(raw);
  }

  /** Prints a line of the result. @throws {OutputClosed} */
  print(line: string): void {
    this.draw(`${line}\n`);
  }

  /** Prints a result for a program to read: a line of JSON. @throws {OutputClosed} */
  printJson(value: unknown): void {
    this.print(jsonLine(value));
  }

  /** Writes text as it is. @throws {OutputClosed} */
  draw(text: string): void {
    try {
      this.#ports.writeOut(text);
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) throw new OutputClosed();
      throw error;
    }
  }

  /** Tells how it goes, beside the result. */
  note(line: string): void {
    this.#ports.writeError(`${line}\n`);
  }

  /** Aborts at Ctrl-C and its like, which no longer end the program then; disposed of, they do again. */
  untilStopped(): StopWatch {
    return new StopWatch(this.#ports.onStop);
  }
}

/** Ctrl-C and its like, as a signal. */
export class StopWatch implements Disposable {
  readonly #controller = new AbortController();
  readonly #forget: () => void;

  /** Listens until it is disposed of. */
  constructor(onStop: TerminalPorts["onStop"]) {
    this.#forget = onStop(() => this.stop());
  }

  /** Aborts when the program is to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Resolves when the program is to end. */
  get stopped(): Promise<void> {
    const { signal } = this;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) =>
      signal.addEventListener("abort", () => resolve(), { once: true })
    );
  }

  /** Ends the wait, as Ctrl-C does. */
  stop(): void {
    this.#controller.abort();
  }

  [Symbol.dispose](): void {
    this.#forget();
  }
}
