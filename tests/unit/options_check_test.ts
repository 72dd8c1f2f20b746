import assert from "node:assert/strict";
import type { MessageBusOptions } from "../../bus/options.ts";
import { checkedOptions } from "../../bus/options_check.ts";
import { seededRandom } from "../../testing/seeded_random.ts";

Deno.test("checkedOptions() fills in the documented defaults", () => {
  const { retry, ...whole } = checkedOptions({});
  assert.deepEqual(whole, {
    name: "bus",
    maxMessageBytes: 10_485_760,
    requestTimeoutMs: 30_000,
    maxPending: 10_000,
    maxPendingBytes: 268_435_456,
    waitMs: 100,
    waitTimeoutMs: 30_000,
    ackTimeoutMs: 30_000,
    maxAttempts: 5,
    agingStepMs: 1_000,
    maxMailboxMessages: 10_000,
    overflow: "wait",
    maxDeadLetters: 1_000,
    maxDeadLetterAgeMs: Infinity,
    whenDeadLettersFull: "evict-oldest",
    maxHistoryEntries: 10_000,
    maxHistoryAgeMs: Infinity,
    isHistoryDurable: false,
  });
  assert.equal(typeof retry({ attempts: 1 }), "number");
});

Deno.test("checkedOptions() draws the default policy's chance from the bus's", () => {
  const draw = () => {
    const { retry } = checkedOptions({ random: seededRandom(9) });
    return [1, 2, 3, 4].map((attempts) => retry({ attempts }));
  };
  assert.deepEqual(draw(), draw());
});

Deno.test("checkedOptions() takes what is given, and writes to none of it", () => {
  const options: MessageBusOptions = Object.freeze({
    name: "one",
    backpressure: Object.freeze({ maxPending: 7, timeoutMs: 0, waitMs: 0 }),
    delivery: Object.freeze({ agingStepMs: Infinity, maxAttempts: 1 }),
    mailbox: Object.freeze({ maxMessages: 1, overflow: "drop-oldest" }),
    deadLetters: Object.freeze({ maxEntries: 2, whenFull: "stop" }),
    history: false,
  });
  const whole = checkedOptions(options);
  assert.equal(whole.name, "one");
  assert.equal(whole.maxPending, 7);
  assert.equal(whole.waitTimeoutMs, 0);
  assert.equal(whole.agingStepMs, Infinity);
  assert.equal(whole.maxMailboxMessages, 1);
  assert.equal(whole.overflow, "drop-oldest");
  assert.equal(whole.maxDeadLetters, 2);
  assert.equal(whole.whenDeadLettersFull, "stop");
  assert.equal(whole.maxHistoryEntries, 0);
  assert.equal(checkedOptions({ history: {} }).maxHistoryEntries, 10_000);
});

Deno.test("checkedOptions() refuses a number out of range with RangeError, another type with TypeError", () => {
  const paths = [
    ["maxMessageBytes"],
    ["requestTimeoutMs"],
    ["backpressure", "maxPending"],
    ["backpressure", "maxPendingBytes"],
    ["backpressure", "waitMs"],
    ["backpressure", "timeoutMs"],
    ["delivery", "ackTimeoutMs"],
    ["delivery", "maxAttempts"],
    ["delivery", "agingStepMs"],
    ["mailbox", "maxMessages"],
    ["deadLetters", "maxEntries"],
    ["history", "maxEntries"],
  ];
  for (const path of paths) {
    const name = path.join(".");
    for (const value of [-1, 0.5, NaN, 2 ** 60]) {
      assert.throws(
        () => checkedOptions(at(path, value)),
        (error: Error) =>
          error instanceof RangeError &&
          error.message.startsWith(`Cannot create bus as ${name} must be`),
        `${name}: ${value}`,
      );
    }
    for (const value of ["5", true, {}]) {
      assert.throws(() => checkedOptions(at(path, value)), TypeError, name);
    }
  }
});

Deno.test("checkedOptions() refuses a choice or a policy that there is none of", () => {
  assert.throws(
    () => checkedOptions(at(["mailbox", "overflow"], "drop")),
    /mailbox\.overflow must be one of wait, reject, drop-oldest, drop-newest/,
  );
  assert.throws(
    () => checkedOptions(at(["deadLetters", "whenFull"], "explode")),
    /deadLetters\.whenFull must be one of stop, evict-oldest/,
  );
  assert.throws(() => checkedOptions(at(["delivery", "retry"], 5)), TypeError);
  for (const name of ["", 5]) {
    assert.throws(() => checkedOptions(at(["name"], name)), TypeError);
  }
});

Deno.test("checkedOptions() refuses a name that is no option, as it is a slip of the pen", () => {
  const wrong: [string[], RegExp][] = [
    [["maxMesageBytes"], /options has no "maxMesageBytes"/],
    [["backpressure", "limit"], /backpressure has no "limit"/],
    [["delivery", "attempts"], /delivery has no "attempts"/],
    [["mailbox", "size"], /mailbox has no "size"/],
    [["deadLetters", "size"], /deadLetters has no "size"/],
    [["history", "size"], /history has no "size"/],
  ];
  for (const [path, text] of wrong) {
    assert.throws(
      () => checkedOptions(at(path, 1)),
      (error: Error) => error instanceof TypeError && text.test(error.message),
    );
  }
  assert.throws(() => checkedOptions(at(["mailbox"], null)), TypeError);
});

/** Options with one value at a path, as a program without types may give them. */
function at(path: readonly string[], value: unknown): MessageBusOptions {
  const [first = "", second] = path;
  return second === undefined
    ? { [first]: value }
    : { [first]: { [second]: value } };
}
