import { wallMs } from "../process/figures.ts";

/** Messages between two looks at the clock. What is sent is a multiple of it. */
export const BATCH = 256;

/** How much was sent, and when that began. */
export interface Sent {
  readonly count: number;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
}

/**
 * Sends until enough is sent or the time is over. While one batch leaves, the
 * next is made: there is always something to do on both sides.
 */
export async function sendFor(
  most: number,
  durationMs: number,
  send: () => unknown,
  flush: () => Promise<unknown>,
): Promise<Sent> {
  const startedAt = wallMs();
  const endsAt = performance.now() + durationMs;
  let count = 0;
  let before: Promise<unknown> | undefined;
  while (count < most && performance.now() < endsAt) {
    for (let index = 0; index < BATCH; index++) send();
    count += BATCH;
    const now = flush();
    await before;
    before = now;
  }
  await before;
  return { count, startedAt };
}
