// Everything that waits, waits by this file or imports it.
import { LateTimers } from "./late_timers.ts";
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

const timers = new LateTimers({
  load: () => void globalThis.setTimeout,
  monotonic: () => performance.now(),
  after: (delayMs) => AbortSignal.timeout(delayMs),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
}, { areThere: !isLoadedWhenNamed("setTimeout") });

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule: (delayMs, callback) => timers.schedule(delayMs, callback),
};

/**
 * Has the machine's timers there from now on. For whoever is about to call
 * handlers of a user, which may name them: see {@linkcode LateTimers}.
 */
export function loadTimers(): void {
  timers.load();
}

/** Whether a part of the platform comes into being when it is asked for, as many of Deno do. */
function isLoadedWhenNamed(name: string): boolean {
  const { get } = Object.getOwnPropertyDescriptor(globalThis, name) ?? {};
  return get !== undefined;
}

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
