// Everything that waits, waits by this file or imports it.
import "./node_20.ts";

/** Where the library reads time. Nothing else in it may call `Date.now()` or `setTimeout()`. */
export interface Clock {
  /** Wall time in milliseconds since the Unix epoch. May jump; only for timestamps. */
  now(): number;
  /** Milliseconds since an arbitrary origin. Never goes back; for every duration. */
  monotonic(): number;
  /**
   * Calls `callback` once, `delayMs` milliseconds from now or as soon after as
   * possible.
   *
   * @returns A function that takes the call back; harmless when it has happened.
   */
  schedule(delayMs: number, callback: () => void): () => void;
}

// Deno loads its timers when they are first named, and runs the microtasks that
// wait meanwhile: in the middle of whatever named them. Here nothing is under way.
void globalThis.setTimeout;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/**
 * Waits `delayMs` milliseconds by the given clock.
 *
 * @throws The `reason` of `signal`, as soon as it aborts.
 */
export function sleep(
  clock: Clock,
  delayMs: number,
  { signal }: { signal?: AbortSignal } = {},
): Promise<void> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => {
    cancel();
    reject(signal?.reason);
  };
  const cancel = clock.schedule(delayMs, () => {
    signal?.removeEventListener("abort", onAbort);
    resolve();
  });
  signal?.addEventListener("abort", onAbort, { once: true });
  return promise;
}
