/** One kind of work whose speed is measured. */
export interface Work {
  /** The setting it runs in: rows of one setting stand together. */
  readonly group: string;
  /** What is done. */
  readonly name: string;
  /** Does it for about `durationMs`, and says how often and how long that took. */
  run(durationMs: number): Promise<Run>;
}

/** What one run of a work came to. */
export interface Run {
  /** How often the work was done. */
  readonly count: number;
  /** From the first beginning to the last end, in milliseconds. */
  readonly elapsedMs: number;
  /** How long single round trips took, in microseconds, where they were timed. */
  readonly latenciesUs?: readonly number[];
}

/** The figures of one work over all of its runs. */
export interface Figure {
  readonly group: string;
  readonly name: string;
  /** Done per second: the median run, the slowest and the fastest. */
  readonly perSecond: Spread;
  /** Round trips in microseconds: medians of the runs' percentiles. */
  readonly latencyUs?: { readonly p50: number; readonly p99: number };
}

/** A median and what it lies between. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** How long and how often. */
export interface MeasureOptions {
  /** Runs that count, of each work. */
  runs: number;
  /** Length of a run, in milliseconds. */
  durationMs: number;
  /** Told before each round. */
  onRound?: (round: number) => void;
}

/**
 * Runs all works in turn, round after round, so that what disturbs the machine
 * for a while disturbs all of them. The first round only warms up.
 */
export async function measure(
  works: readonly Work[],
  { runs, durationMs, onRound }: MeasureOptions,
): Promise<Figure[]> {
  const runsByWork = new Map<Work, Run[]>(works.map((work) => [work, []]));
  for (let round = 0; round <= runs; round++) {
    onRound?.(round);
    for (const [work, done] of runsByWork) {
      const run = await work.run(durationMs);
      if (round > 0) done.push(run);
    }
  }
  return works.map((work) => figureOf(work, runsByWork.get(work) ?? []));
}

/** Sends until the time is over, waiting for room now and then, and gives the count. */
export async function sendFor(
  durationMs: number,
  send: () => Promise<unknown>,
): Promise<number> {
  const endsAt = performance.now() + durationMs;
  let count = 0;
  while (performance.now() < endsAt) {
    // A program that sends much does not wait for each message, yet notices when it must.
    let last: Promise<unknown> | undefined;
    for (let index = 0; index < 64; index++) last = send();
    count += 64;
    await last;
  }
  return count;
}

/** Asks until the time is over, with so many requests in flight, and times each. */
export async function askFor(
  durationMs: number,
  inFlight: number,
  ask: () => Promise<unknown>,
): Promise<Run> {
  const startedAt = performance.now();
  const latenciesUs: number[] = [];
  const askInTurn = async (): Promise<void> => {
    let at = performance.now();
    while (at < startedAt + durationMs) {
      await ask();
      const endedAt = performance.now();
      latenciesUs.push((endedAt - at) * 1_000);
      at = endedAt;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, askInTurn));
  const elapsedMs = performance.now() - startedAt;
  return { count: latenciesUs.length, elapsedMs, latenciesUs };
}

function figureOf({ group, name }: Work, runs: readonly Run[]): Figure {
  const rates = runs.map(({ count, elapsedMs }) => count / elapsedMs * 1_000);
  const perSecond = {
    median: quantile(rates, 0.5),
    min: Math.min(...rates),
    max: Math.max(...rates),
  };
  const timed = runs.map((run) => run.latenciesUs).filter((list) => !!list);
  if (timed.length === 0) return { group, name, perSecond };
  const median = (q: number) =>
    quantile(timed.map((list) => quantile(list, q)), 0.5);
  return {
    group,
    name,
    perSecond,
    latencyUs: { p50: median(0.5), p99: median(0.99) },
  };
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * q)] ?? NaN;
}
