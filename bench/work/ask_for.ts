import { quantile } from "../statistics.ts";

/** What asking came to. */
export interface Asked {
  readonly count: number;
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** Asks until the time is over, with so many requests in flight, and times each. */
export async function askFor(
  inFlight: number,
  durationMs: number,
  ask: () => Promise<unknown>,
): Promise<Asked> {
  const startedAt = performance.now();
  const endsAt = startedAt + durationMs;
  const tookUs: number[] = [];
  const askInTurn = async (): Promise<void> => {
    let at = performance.now();
    while (at < endsAt) {
      await ask();
      const endedAt = performance.now();
      tookUs.push((endedAt - at) * 1_000);
      at = endedAt;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, askInTurn));
  const elapsedMs = performance.now() - startedAt;
  const sorted = Float64Array.from(tookUs).sort();
  return {
    count: sorted.length,
    perSecond: sorted.length / elapsedMs * 1_000,
    p50Us: quantile(sorted, 0.5),
    p99Us: quantile(sorted, 0.99),
  };
}
