import type { Checker } from "./checker.ts";
import { Ledger } from "./ledger.ts";

/** One of each checker, for one history. */
export function allCheckers(): Checker[] {
  return [new Ledger()];
}
