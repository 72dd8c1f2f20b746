import { systemClock } from "../core/clock.ts";
import { registerTest } from "./registration.ts";

/** What a suite of rules is about, and which of them an implementation does not keep. */
export interface RuleSuite<Subject> {
  /** How the tests call the implementation. */
  readonly name: string;
  /** What is promised, by letters, number and words. */
  readonly rules: Readonly<
    Record<string, (subject: Subject) => Promise<void>>
  >;
  /** Reasons for rules that the implementation does not keep, by the rule's letters and number. */
  readonly waivers?: Readonly<Record<string, string>>;
  /** Longest that one rule may take, in milliseconds; what hangs fails. */
  readonly timeoutMs: number;
  /** Makes a subject, opens it, has it checked, and closes it; called once a test. */
  readonly withSubject: (
    check: (subject: Subject) => Promise<void>,
  ) => Promise<void>;
}

/**
 * Registers one test for each rule. A waived rule is listed with its reason and
 * not run.
 *
 * @throws {RangeError} If a waiver names no rule.
 */
export function registerRules<Subject>(suite: RuleSuite<Subject>): void {
  const { name, rules, waivers = {}, timeoutMs, withSubject } = suite;
  checkWaivers(Object.keys(waivers), Object.keys(rules));
  for (const [rule, check] of Object.entries(rules)) {
    const reason = waivers[idOf(rule)];
    registerTest({
      name: `${name}: ${rule}${reason ? ` (waived: ${reason})` : ""}`,
      ignore: reason !== undefined,
      fn: () => inTime(rule, timeoutMs, () => withSubject(check)),
    });
  }
}

function checkWaivers(ids: readonly string[], rules: readonly string[]): void {
  for (const id of ids) {
    if (rules.some((rule) => idOf(rule) === id)) continue;
    throw new RangeError(
      `Cannot waive a rule as it must be one of this suite: there is no "${id}"`,
    );
  }
}

/** The letters and number that a rule begins with. */
function idOf(rule: string): string {
  return rule.slice(0, rule.indexOf(" "));
}

async function inTime(
  rule: string,
  timeoutMs: number,
  task: () => Promise<void>,
): Promise<void> {
  const late = Promise.withResolvers<never>();
  const cancel = systemClock.schedule(timeoutMs, () => {
    late.reject(
      new Error(
        `Cannot finish "${rule}" as a rule must end within ${timeoutMs} ms: something still waits`,
      ),
    );
  });
  try {
    await Promise.race([task(), late.promise]);
  } finally {
    cancel();
  }
}
