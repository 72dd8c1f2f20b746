import type { Clock } from "../mod.ts";

/** Waits, or less if the signal aborts; unlike `sleep()` it does not throw then. */
export async function pause(
  clock: Clock,
  delayMs: number,
  signal?: AbortSignal,
): Promise<void> {
  if (signal?.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = () => resolve();
  signal?.addEventListener("abort", wake, { once: true });
  const cancel = clock.schedule(delayMs, wake);
  await promise;
  cancel();
  signal?.removeEventListener("abort", wake);
}
