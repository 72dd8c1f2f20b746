import { type Clock, systemClock } from "../../../mod.ts";
import { runCommandLine } from "../../../cli/program.ts";
import { Terminal, type TerminalPorts } from "../../../cli/terminal.ts";

/** What a command has left. */
export interface Ended {
  /** The program's status. */
  readonly code: number;
  /** Lines of standard output. */
  readonly out: string[];
  /** Lines of standard error. */
  readonly notes: string[];
}

/** What a test's terminal is like; by default nobody sees it. */
export interface TestTerminalOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly isTerminal?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly clock?: Clock;
  /** Called with each line of standard output; what it throws the write throws. */
  readonly onLine?: (line: string) => void;
  /** Called with each line of standard error. */
  readonly onNote?: (line: string) => void;
}

/** A terminal that remembers what is printed, and that a test presses Ctrl-C at. */
export class TestTerminal {
  /** What commands see of it. */
  readonly terminal: Terminal;
  /** All of standard output. */
  text = "";
  /** All of standard error. */
  errors = "";
  readonly #stops = new Set<() => void>();

  constructor(options: TestTerminalOptions = {}) {
    const { env = {}, isTerminal = false, columns = 80, rows = 24 } = options;
    const ports: TerminalPorts = {
      writeOut: (text) => {
        options.onLine?.(text.trimEnd());
        this.text += text;
      },
      writeError: (text) => {
        this.errors += text;
        options.onNote?.(text.trimEnd());
      },
      isTerminal,
      size: () => ({ columns, rows }),
      env: (name) => env[name] || undefined,
      input: () => new Blob([options.input ?? ""]).stream(),
      setRaw: () => {},
      onStop: (callback) => {
        this.#stops.add(callback);
        return () => this.#stops.delete(callback);
      },
      clock: options.clock ?? systemClock,
    };
    this.terminal = new Terminal(ports);
  }

  /** Presses Ctrl-C. */
  interrupt(): void {
    for (const stop of [...this.#stops]) stop();
  }
}

/** Runs a command line to its end. */
export async function run(
  args: readonly string[],
  options: TestTerminalOptions = {},
): Promise<Ended> {
  const seen = new TestTerminal(options);
  const code = await runCommandLine(args, seen.terminal);
  return { code, out: linesOf(seen.text), notes: linesOf(seen.errors) };
}

/** The lines of a text, without the end of the last. */
export function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}
