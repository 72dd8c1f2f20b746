import { systemClock } from "../core/clock.ts";
import type { Connection, Transport } from "../transports/transport.ts";
import { registerTest } from "./registration.ts";
import { type OpenTransport, TRANSPORT_RULES } from "./transport_rules.ts";

/** Longest that one rule may take, in milliseconds; what hangs fails. */
const RULE_TIMEOUT_MS = 10_000;

/** One transport to test, and what goes with it. */
export interface TransportSubject extends Partial<AsyncDisposable> {
  /** A transport that nobody listens on. */
  readonly transport: Transport;
}

/** What {@linkcode testTransport} tests. */
export interface TransportSuite {
  /** How the tests call the implementation. */
  readonly name: string;
  /** Makes a subject; called once a test. What it disposes of is gone after the test. */
  readonly setup: () => Promise<TransportSubject>;
  /** Reasons for rules that the implementation does not keep, by the rule's letters and number. */
  readonly waivers?: Readonly<Record<string, string>>;
}

/**
 * Registers one test for each rule that the interfaces `Transport`,
 * `TransportListener` and `Connection` promise. The letters and number of a
 * rule stay the same when others come. A waived rule is listed with its reason
 * and not run.
 *
 * @throws {RangeError} If a waiver names no rule.
 */
export function testTransport(suite: TransportSuite): void {
  const { name, setup, waivers = {} } = suite;
  const rules = Object.entries(TRANSPORT_RULES);
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
  setup: () => Promise<TransportSubject>,
  check: (open: OpenTransport) => Promise<void>,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const subject = await setup();
  stack.defer(async () => await subject[Symbol.asyncDispose]?.());
  const { transport } = subject;
  const listener = stack.use(await transport.listen());
  const arrivals = listener[Symbol.asyncIterator]();
  const connect = async () => {
    const [arrival, dialed] = await Promise.all([
      arrivals.next(),
      transport.dial(),
    ]);
    stack.use(dialed);
    return { dialed, accepted: stack.use<Connection>(arrival.value) };
  };
  await check({ transport, listener, connect });
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
