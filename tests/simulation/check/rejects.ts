import assert from "node:assert/strict";
import { type Checker, judge, Violation } from "./checker.ts";
import type { HandMade } from "./hand_made.ts";

/** Fails unless the checker finds this law broken in the history, and by words that match. */
export function rejects(
  checker: Checker,
  history: HandMade,
  law: string,
  words: RegExp,
): void {
  assert.throws(
    () => judge(checker, history.lines),
    (error) => {
      assert(error instanceof Violation, String(error));
      assert.equal(error.law, law, error.message);
      assert.match(error.message, words);
      assert(checker.laws.includes(law), `${law} is not among its laws`);
      return true;
    },
  );
}

/** Fails if the checker finds any law broken in the history. */
export function passes(checker: Checker, history: HandMade): void {
  judge(checker, history.lines);
}
