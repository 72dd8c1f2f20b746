import { getLogger, type Logger } from "@logtape/logtape";

export type { Logger };

/**
 * The log of one room. Silent until the program configures LogTape for the
 * category `busbar`.
 */
export function logOf(room: string): Logger {
  return getLogger(["busbar", room]);
}
