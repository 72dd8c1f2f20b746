import { parseArgs } from "node:util";

/** What the command line asks for. */
export interface CommandLine {
  /** The folder to look at; without it, this project's own. */
  readonly folder?: string;
  /** Whether to end after one round. */
  readonly once: boolean;
  /** Where the report goes; without it, into the crew's own temporary folder. */
  readonly report?: string;
  /** The file that what is under way is kept in; without it, nothing outlives the demo. */
  readonly store?: string;
  /** The inspector's port; 0 takes any free one. */
  readonly port: number;
  /** Time from one round to the next, in seconds; without it, one round. */
  readonly keepAwakeSeconds?: number;
  /** Whether to explain the command line and end. */
  readonly help: boolean;
}

/** Explains the command line. */
export const HELP = `A crew of agents looks at a folder and says what to mend.

Usage: deno task demo [FOLDER] [--once] [--report FILE] [--store FILE]
                      [--port N] [--keep-awake SECONDS]

  FOLDER                the folder to look at; this project without it
  --once                write the report, print the figures, end
  --report FILE         write the report there, and not into a temporary folder
  --store FILE          keep what is under way there, and in FILE-crew: started
                        again, the demo goes on where it was, however it ended
  --port N              the inspector's port: 4400, or any free one with --once
  --keep-awake SECONDS  look at the folder again every so many seconds
  --help                this text
`;

/**
 * Reads the command line.
 *
 * @throws {TypeError} If it holds a word that nobody knows.
 * @throws {RangeError} If a number is out of its range.
 */
export function readCommandLine(args: readonly string[]): CommandLine {
  // Task runners hand a leading `--` on to the program.
  const own = args[0] === "--" ? args.slice(1) : [...args];
  const { values, positionals } = parseArgs({
    args: own,
    allowPositionals: true,
    options: {
      once: { type: "boolean", default: false },
      report: { type: "string" },
      store: { type: "string" },
      port: { type: "string" },
      "keep-awake": { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (positionals.length > 1) {
    throw new TypeError(
      `Cannot read command line as there must be one folder at most: "${
        positionals.join('", "')
      }"`,
    );
  }
  const { once, report, store, help } = values;
  const keepAwake = values["keep-awake"];
  return {
    folder: positionals[0],
    once,
    report,
    store,
    help,
    port: wholeNumber("port", values.port ?? (once ? "0" : "4400"), 65_535),
    keepAwakeSeconds: keepAwake === undefined
      ? undefined
      : Math.max(1, wholeNumber("keep-awake", keepAwake, 86_400)),
  };
}

function wholeNumber(name: string, text: string, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > max) {
    throw new RangeError(
      `Cannot read command line as --${name} must be a whole number up to ${max}: "${text}"`,
    );
  }
  return value;
}
