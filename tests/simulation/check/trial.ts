import type { BusSettings } from "../history.ts";
import type { Checker } from "./checker.ts";
import type { HandMade } from "./hand_made.ts";
import { passes, rejects } from "./rejects.ts";

/** Goes on with a history that has begun. */
export type Writer = (made: HandMade) => void;

/** The two sentences that tests of one checker are made of, each about a history of its own. */
export interface Trial {
  /** The checker finds this law broken, and by words that match. */
  readonly bad: (
    law: string,
    words: RegExp,
    write: Writer,
    settings?: Partial<BusSettings>,
  ) => void;
  /** The checker finds no law broken. */
  readonly good: (write: Writer, settings?: Partial<BusSettings>) => void;
}

/**
 * Tests of the checker that `create` makes. Each history begins as `begin` has
 * it, which is handed the settings of the bus, where a test has its own.
 */
export function trialOf(
  create: () => Checker,
  begin: (settings?: Partial<BusSettings>) => HandMade,
): Trial {
  return {
    bad: (law, words, write, settings) => {
      const made = begin(settings);
      write(made);
      rejects(create(), made, law, words);
    },
    good: (write, settings) => {
      const made = begin(settings);
      write(made);
      passes(create(), made);
    },
  };
}
