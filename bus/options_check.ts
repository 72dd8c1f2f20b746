import { LIMITS } from "../core/limits.ts";
import { systemRandom } from "../core/random.ts";
import { exponentialBackoff, type RetryPolicy } from "../core/retry.ts";
import type { Overflow } from "./agent.ts";
import type { MessageBusOptions } from "./options.ts";

/** The options of a bus with every default filled in. */
export interface WholeOptions {
  /** See {@linkcode MessageBusOptions.name}. */
  name: string;
  /** In bytes. */
  maxMessageBytes: number;
  /** In milliseconds. */
  requestTimeoutMs: number;
  /** Copies. */
  maxPending: number;
  /** In bytes. */
  maxPendingBytes: number;
  /** In milliseconds. */
  waitMs: number;
  /** In milliseconds. */
  waitTimeoutMs: number;
  /** In milliseconds. */
  ackTimeoutMs: number;
  /** Failures. */
  maxAttempts: number;
  /** When to try again. */
  retry: RetryPolicy;
  /** In milliseconds. */
  agingStepMs: number;
  /** Messages. */
  maxMailboxMessages: number;
  /** What a full mailbox does. */
  overflow: Overflow;
  /** Letters. */
  maxDeadLetters: number;
  /** What full dead letters do. */
  whenDeadLettersFull: "stop" | "evict-oldest";
  /** How long each is kept. */
  maxDeadLetterAgeMs: number;
  /** Messages; 0 for no history. */
  maxHistoryEntries: number;
  /** How long each is remembered. */
  maxHistoryAgeMs: number;
  /** Whether the store keeps what has ended. */
  isHistoryDurable: boolean;
}

/**
 * Fills in the defaults, and checks everything.
 *
 * @throws {TypeError} If an option has the wrong type, or is none there is.
 * @throws {RangeError} If an option has no right value.
 */
export function checkedOptions(options: MessageBusOptions): WholeOptions {
  refuseUnknown("options", options, OPTION_NAMES);
  const { backpressure = {}, delivery = {}, mailbox = {}, deadLetters = {} } =
    options;
  refuseUnknown("backpressure", backpressure, BACKPRESSURE_NAMES);
  refuseUnknown("delivery", delivery, DELIVERY_NAMES);
  refuseUnknown("mailbox", mailbox, MAILBOX_NAMES);
  refuseUnknown("deadLetters", deadLetters, DEAD_LETTER_NAMES);
  const history: Exclude<MessageBusOptions["history"], false | undefined> =
    options.history === false ? { maxEntries: 0 } : options.history ?? {};
  refuseUnknown("history", history, HISTORY_NAMES);
  const whole: WholeOptions = {
    name: options.name ?? "bus",
    maxMessageBytes: options.maxMessageBytes ?? LIMITS.maxMessageBytes,
    requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
    maxPending: backpressure.maxPending ?? LIMITS.maxPending,
    maxPendingBytes: backpressure.maxPendingBytes ?? LIMITS.maxPendingBytes,
    waitMs: backpressure.waitMs ?? 100,
    waitTimeoutMs: backpressure.timeoutMs ?? 30_000,
    ackTimeoutMs: delivery.ackTimeoutMs ?? 30_000,
    maxAttempts: delivery.maxAttempts ?? 5,
    retry: delivery.retry ??
      exponentialBackoff({ random: options.random ?? systemRandom }),
    agingStepMs: delivery.agingStepMs ?? 1_000,
    maxMailboxMessages: mailbox.maxMessages ?? LIMITS.maxMailboxMessages,
    overflow: mailbox.overflow ?? "wait",
    maxDeadLetters: deadLetters.maxEntries ?? LIMITS.maxDeadLetters,
    whenDeadLettersFull: deadLetters.whenFull ??
      (options.store ? "stop" : "evict-oldest"),
    maxDeadLetterAgeMs: deadLetters.maxAgeMs ?? Infinity,
    maxHistoryEntries: history.maxEntries ?? LIMITS.maxHistoryEntries,
    maxHistoryAgeMs: history.maxAgeMs ?? Infinity,
    isHistoryDurable: history.durable ?? false,
  };
  if (whole.isHistoryDurable && !options.store) {
    throw new TypeError(
      "Cannot create bus as history.durable must have a store to be kept in: there is none",
    );
  }
  check(whole);
  return whole;
}

const OPTION_NAMES = [
  "name",
  "maxMessageBytes",
  "requestTimeoutMs",
  "backpressure",
  "delivery",
  "mailbox",
  "deadLetters",
  "history",
  "store",
  "clock",
  "random",
  "tasks",
];
const BACKPRESSURE_NAMES = [
  "maxPending",
  "maxPendingBytes",
  "waitMs",
  "timeoutMs",
];
const DELIVERY_NAMES = ["ackTimeoutMs", "maxAttempts", "retry", "agingStepMs"];
const MAILBOX_NAMES = ["maxMessages", "overflow"];
const DEAD_LETTER_NAMES = ["maxEntries", "maxAgeMs", "whenFull"];
const HISTORY_NAMES = ["maxEntries", "maxAgeMs", "durable"];

/** Counts that a bus can hold, and no more than a program could use. */
const MAX_COUNT = 100_000_000;

function check(whole: WholeOptions): void {
  if (typeof whole.name !== "string" || whole.name === "") {
    throw new TypeError(
      `Cannot create bus as its name must be text: current value is ${whole.name}`,
    );
  }
  const { maxDurationMs } = LIMITS;
  checkWhole("maxMessageBytes", whole.maxMessageBytes, 1, 2 ** 31 - 1);
  checkWhole("requestTimeoutMs", whole.requestTimeoutMs, 1, maxDurationMs);
  checkWhole("backpressure.maxPending", whole.maxPending, 1, MAX_COUNT);
  checkWhole(
    "backpressure.maxPendingBytes",
    whole.maxPendingBytes,
    1,
    Number.MAX_SAFE_INTEGER,
  );
  checkWhole("backpressure.waitMs", whole.waitMs, 0, maxDurationMs);
  checkWhole("backpressure.timeoutMs", whole.waitTimeoutMs, 0, maxDurationMs);
  checkWhole("delivery.ackTimeoutMs", whole.ackTimeoutMs, 1, maxDurationMs);
  checkWhole("delivery.maxAttempts", whole.maxAttempts, 1, MAX_COUNT);
  if (whole.agingStepMs !== Infinity) {
    checkWhole("delivery.agingStepMs", whole.agingStepMs, 1, maxDurationMs);
  }
  checkWhole("mailbox.maxMessages", whole.maxMailboxMessages, 1, MAX_COUNT);
  checkWhole("deadLetters.maxEntries", whole.maxDeadLetters, 1, MAX_COUNT);
  checkWhole("history.maxEntries", whole.maxHistoryEntries, 0, MAX_COUNT);
  checkAge("deadLetters.maxAgeMs", whole.maxDeadLetterAgeMs);
  checkAge("history.maxAgeMs", whole.maxHistoryAgeMs);
  checkChoice("mailbox.overflow", whole.overflow, [
    "wait",
    "reject",
    "drop-oldest",
    "drop-newest",
  ]);
  checkChoice("deadLetters.whenFull", whole.whenDeadLettersFull, [
    "stop",
    "evict-oldest",
  ]);
  if (typeof whole.retry !== "function") {
    throw new TypeError(
      `Cannot create bus as delivery.retry must be a function: current value is of type ${typeof whole
        .retry}`,
    );
  }
}

function checkWhole(
  name: string,
  value: unknown,
  min: number,
  max: number,
): void {
  if (typeof value !== "number") {
    throw new TypeError(
      `Cannot create bus as ${name} must be a number: current value is of type ${typeof value}`,
    );
  }
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(
    `Cannot create bus as ${name} must be a whole number from ${min} to ${max}: current value is ${value}`,
  );
}

function checkAge(name: string, value: unknown): void {
  if (value !== Infinity) checkWhole(name, value, 1, Number.MAX_SAFE_INTEGER);
}

function checkChoice(
  name: string,
  value: string,
  choices: readonly string[],
): void {
  if (choices.includes(value)) return;
  throw new RangeError(
    `Cannot create bus as ${name} must be one of ${
      choices.join(", ")
    }: current value is "${value}"`,
  );
}

function refuseUnknown(
  what: string,
  given: unknown,
  known: readonly string[],
): void {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(
      `Cannot create bus as ${what} must be an object: current value is ${given}`,
    );
  }
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new TypeError(
    `Cannot create bus as ${what} has no "${unknown}": there are ${
      known.join(", ")
    }`,
  );
}
