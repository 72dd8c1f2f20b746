import { systemClock } from "../core/clock.ts";
import type { Store } from "../storage/store.ts";
import { registerTest } from "./registration.ts";
import type { FreshStore } from "./store_rows.ts";
import { STORE_RULES } from "./store_rules.ts";

/** Longest that one rule may take, in milliseconds; what hangs fails. */
const RULE_TIMEOUT_MS = 30_000;

/** One store to test, and what goes with it. */
export interface StoreSubject extends Partial<AsyncDisposable> {
  /** A store that nobody has open, and that has nothing in it. */
  readonly store: Store;
  /** What a later process would open to find what the store kept; for one that lives in memory, the store itself. */
  again(): Store;
}

/** What {@linkcode testStore} tests. */
export interface StoreSuite {
  /** How the tests call the implementation. */
  readonly name: string;
  /** Makes a subject; called once a test. What it disposes of is gone after the test. */
  readonly setup: () => Promise<StoreSubject>;
  /** Reasons for rules that the implementation does not keep, by the rule's letters and number. */
  readonly waivers?: Readonly<Record<string, string>>;
}

/**
 * Registers one test for each rule that the interface `Store` promises. The
 * letters and number of a rule stay the same when others come. A waived rule is
 * listed with its reason and not run. Stores are closed after each rule.
 *
 * @throws {RangeError} If a waiver names no rule.
 */
export function testStore(suite: StoreSuite): void {
  const { name, setup, waivers = {} } = suite;
  const rules = Object.entries(STORE_RULES);
  for (const id of Object.keys(waivers)) {
    if (rules.some(([rule]) => rule.startsWith(`${id} `))) continue;
    throw new RangeError(
      `Cannot waive a rule as it must be one of this suite: there is no "${id}"`,
    );
  }
  for (const [rule, check] of rules) {
    const reason = waivers[rule.slice(0, rule.indexOf(" "))];
    registerTest({
      name: `${name}: ${rule}${reason ? ` (waived: ${reason})` : ""}`,
      ignore: reason !== undefined,
      fn: () => inTime(rule, () => checkRule(setup, check)),
    });
  }
}

async function checkRule(
  setup: () => Promise<StoreSubject>,
  check: (fresh: FreshStore) => Promise<void>,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const subject = await setup();
  stack.defer(async () => await subject[Symbol.asyncDispose]?.());
  const store = stack.use(subject.store);
  await check({ store, again: () => stack.use(subject.again()) });
}

async function inTime(
  rule: string,
  task: () => Promise<void>,
): Promise<void> {
  const late = Promise.withResolvers<never>();
  const cancel = systemClock.schedule(RULE_TIMEOUT_MS, () => {
    late.reject(
      new Error(
        `Cannot finish "${rule}" as a rule must end within ${RULE_TIMEOUT_MS} ms: something still waits`,
      ),
    );
  });
  try {
    await Promise.race([task(), late.promise]);
  } finally {
    cancel();
  }
}
