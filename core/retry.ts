import { errorText } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import { type Random, systemRandom } from "./random.ts";

/** What a {@linkcode RetryPolicy} may look at. */
export interface RetryContext {
  /** Attempts that have failed, the last one included; 1 after the first failure. */
  attempts: number;
  /** What the last attempt failed with. */
  error?: unknown;
}

/**
 * Decides how long to wait after a failure: milliseconds until the next
 * attempt, or `undefined` to give the message up.
 */
export type RetryPolicy = (context: RetryContext) => number | undefined;

/** Options of {@linkcode exponentialBackoff}. */
export interface ExponentialBackoffOptions {
  /**
   * Upper bound of the wait after the first failure, in milliseconds.
   *
   * @default {100, or `maxDelayMs` where that is less}
   */
  minDelayMs?: number;
  /**
   * Upper bound of every wait, in milliseconds.
   *
   * @default {30_000}
   */
  maxDelayMs?: number;
  /** Where chance comes from; the machine's by default. */
  random?: Random;
}

const MAX_DOUBLINGS = 31;

/**
 * Waits a random time between 0 and a bound that doubles with each failure:
 * exponential backoff with full jitter, so that what failed together does not
 * come back together.
 *
 * @throws {RangeError} If a delay is not a whole number of milliseconds, or the
 * first is above the last.
 */
export function exponentialBackoff(
  options: ExponentialBackoffOptions = {},
): RetryPolicy {
  const { maxDelayMs = 30_000, random = systemRandom } = options;
  const { minDelayMs = Math.min(100, maxDelayMs) } = options;
  for (const [name, value] of Object.entries({ minDelayMs, maxDelayMs })) {
    if (!Number.isInteger(value) || value < 0 || value > LIMITS.maxDurationMs) {
      throw new RangeError(
        `Cannot create retry policy as ${name} must be a whole number of milliseconds: current value is ${value}`,
      );
    }
  }
  if (minDelayMs > maxDelayMs) {
    throw new RangeError(
      `Cannot create retry policy as minDelayMs must not be above maxDelayMs: ${minDelayMs} > ${maxDelayMs}`,
    );
  }
  return ({ attempts }) => {
    // Doubled no more than it takes to pass every wait: 2 ** 1024 is infinite, and 0 times that no number.
    const doublings = Math.min(attempts - 1, MAX_DOUBLINGS);
    const bound = Math.min(maxDelayMs, minDelayMs * 2 ** doublings);
    return Math.round(bound * random.next());
  };
}

/**
 * Asks a policy, whatever it is worth: one that throws, or answers with what is
 * no wait, gives the message up, and `problem` says so.
 */
export function nextDelay(
  policy: RetryPolicy,
  context: RetryContext,
): { delayMs?: number; problem?: string } {
  let delayMs: number | undefined;
  try {
    delayMs = policy(context);
  } catch (error) {
    return { problem: `its retry policy failed: ${errorText(error)}` };
  }
  if (delayMs === undefined) return {};
  const isWait = typeof delayMs === "number" && delayMs >= 0 &&
    delayMs <= LIMITS.maxDurationMs;
  if (isWait) return { delayMs: Math.round(delayMs) };
  return {
    problem: `its retry policy answered with no wait: ${errorText(delayMs)}`,
  };
}
