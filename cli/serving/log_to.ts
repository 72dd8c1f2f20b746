import { configure, type LogLevel, type LogRecord } from "@logtape/logtape";
import { CLI_LIMITS } from "../cli_limits.ts";
import type { Terminal } from "../terminal.ts";
import { counted, timeOfDay, visible } from "../text.ts";

/** The log of a bus that is being started: why it could not be is told once, and not by the log too. */
export interface HeldLog {
  /** Tells what was held, and from then on everything as it comes. */
  readonly release: () => void;
}

/** Has the bus say beside the results what went wrong, and what else `level` lets through. */
export async function logTo(
  terminal: Terminal,
  level: LogLevel,
): Promise<HeldLog> {
  const held: string[] = [];
  let lost = 0;
  let tell = (line: string) => {
    if (held.length < CLI_LIMITS.maxHeldLogLines) held.push(line);
    else lost++;
  };
  await configure({
    reset: true,
    sinks: { terminal: (record) => tell(lineOf(record)) },
    loggers: [
      { category: "busbar", lowestLevel: level, sinks: ["terminal"] },
      // Of LogTape itself, which would else say that it was configured.
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: [] },
    ],
  });
  return {
    release: () => {
      tell = (line) => terminal.note(line);
      for (const line of held.splice(0)) tell(line);
      if (lost > 0) tell(`and ${counted(lost, "line")} more`);
    },
  };
}

function lineOf({ timestamp, level, message }: LogRecord): string {
  const text = message.map((part) =>
    part instanceof Error
      ? part.message
      : typeof part === "string"
      ? part
      : Deno.inspect(part)
  ).join("");
  return `${timeOfDay(timestamp)} ${level}: ${visible(text)}`;
}
