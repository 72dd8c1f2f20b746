import type { DeadLetter, DeadLetterQuery, DeadLetterQueue } from "../mod.ts";
import { fingerprintOf } from "./dead_letter_groups.ts";

/** Which dead letters; what is left out matches all. */
export interface LetterChoice extends DeadLetterQuery {
  /** Only those that failed in this way. */
  fingerprint?: string;
}

/** The letters that match, newest first. */
export function chosenLetters(
  queue: DeadLetterQueue,
  { fingerprint, limit = Infinity, ...query }: LetterChoice,
): DeadLetter[] {
  if (fingerprint === undefined) return queue.entries({ ...query, limit });
  return queue.entries(query)
    .filter((letter) => fingerprintOf(letter) === fingerprint)
    .slice(0, limit);
}
