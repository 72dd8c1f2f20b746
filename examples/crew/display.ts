import type { BusStats } from "../../mod.ts";
import type { Watcher } from "./foreman.ts";
import type { Note } from "./work.ts";

/** Where lines for people go. */
export interface Screen {
  /** Whether a line can be written over. */
  readonly live: boolean;
  /** Writes text as it is. */
  write(text: string): void;
}

/** The process's standard error: standard output is the report's alone. */
export function standardError(): Screen {
  const encoder = new TextEncoder();
  return {
    live: Deno.stderr.isTerminal(),
    write: (text) => void Deno.stderr.writeSync(encoder.encode(text)),
  };
}

/** Characters of a line that is written over. */
const LINE_CHARS = 78;

/** Shows how far the work is: one living line on a terminal, else a line at each quarter. */
export class Display implements Watcher {
  /** Told of dead letters that got a verdict. @default {nobody} */
  onMended: () => void = () => {};
  readonly #screen: Screen;
  #doing = "";
  #quarter = -1;
  #dirty = false;

  /** Shows on a screen. */
  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Writes a line of its own. */
  say(text: string): void {
    this.#clear();
    this.#screen.write(`${text}\n`);
  }

  /** Forgets how far the last round was. */
  startRound(): void {
    this.#quarter = -1;
  }

  /** Shows how many files are done. */
  progress(done: number, total: number): void {
    if (total === 0) return;
    if (this.#screen.live) {
      if (done < total) this.#overwrite(`${done} of ${total} ${this.#doing}`);
      return;
    }
    const quarter = Math.floor(done / total * 4);
    if (quarter === this.#quarter) return;
    this.#quarter = quarter;
    this.say(`${done} of ${total} files`);
  }

  /** Shows what a process does, with the next progress. */
  note({ label, doing, path }: Note): void {
    if (path !== undefined) this.#doing = `${label} ${doing} ${path}`;
  }

  /** Says that a dead letter got its verdict. */
  mended(path: string): void {
    this.say(`${path} was sent back and has its verdict now`);
    this.onMended();
  }

  #overwrite(text: string): void {
    this.#clear();
    this.#screen.write(text.slice(0, LINE_CHARS));
    this.#dirty = true;
  }

  #clear(): void {
    if (this.#dirty) this.#screen.write("\r\x1b[2K");
    this.#dirty = false;
  }
}

/** What a round came to, in figures. */
export interface RoundFigures {
  readonly files: number;
  readonly replaced: number;
  readonly tookMs: number;
}

/** The figures, one a line. */
export function figuresText(stats: BusStats, round: RoundFigures): string {
  const { p50, p99, max } = stats.latencyMs;
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  return [
    ["files", round.files],
    ["messages", stats.totalMessages],
    ["delivered", stats.totalDelivered],
    ["acknowledged", stats.totalAcked],
    ["redelivered", stats.totalRedelivered],
    ["dead letters", stats.deadLetters],
    ["processes replaced", round.replaced],
    ["accept to handler", `p50 ${ms(p50)}, p99 ${ms(p99)}, max ${ms(max)}`],
    ["time", `${(round.tookMs / 1_000).toFixed(1)} s`],
  ].map(([name, value]) => `${String(name).padEnd(20)}${value}`).join("\n");
}
