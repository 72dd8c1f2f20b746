// By its full name, so that a program with a configuration of its own can import
// the bus by its path.
// deno-lint-ignore no-import-prefix
import type { Logger } from "npm:@logtape/logtape@^2.4.2";

/** Says one thing: a text, and the values of the names in its braces. */
export type Say = (
  text: string,
  properties: Readonly<Record<string, unknown>>,
) => void;

/** The log of one room. */
export interface RoomLog {
  /** Something went wrong that the bus goes on after. */
  readonly warn: Say;
  /** Something has ended that should not have. */
  readonly error: Say;
}

/**
 * The log of one room. Silent until the program configures LogTape for the
 * category `busbar`. LogTape is loaded when there is a first line for it: a
 * program whose bus has nothing to say starts without.
 */
export function logOf(room: string): RoomLog {
  let logger: Logger | undefined;
  const say = (level: keyof RoomLog): Say => (text, properties) => {
    if (logger) return logger[level](text, { ...properties });
    // A line that cannot be written is no reason to stop anything.
    void loggerOf(room).then((loaded) => {
      logger = loaded;
      loaded[level](text, { ...properties });
    }).catch(() => {});
  };
  return { warn: say("warn"), error: say("error") };
}

async function loggerOf(room: string): Promise<Logger> {
  // deno-lint-ignore no-import-prefix
  const { getLogger } = await import("npm:@logtape/logtape@^2.4.2");
  return getLogger(["busbar", room]);
}
