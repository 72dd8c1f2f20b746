// By its full name, so that a program with a configuration of its own can import
// the bus by its path.
// deno-lint-ignore no-import-prefix
import { getLogger, type Logger } from "npm:@logtape/logtape@^2.4.2";

export type { Logger };

/**
 * The log of one room. Silent until the program configures LogTape for the
 * category `busbar`.
 */
export function logOf(room: string): Logger {
  return getLogger(["busbar", room]);
}
