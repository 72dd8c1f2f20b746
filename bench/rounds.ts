/** What one measurement came to: figures by their names. */
export type Figures = Readonly<Record<string, number>>;

/** Something that can be measured. */
export interface Measurement {
  /** What it is known by in the results. */
  readonly key: string;
  /** Measures it once. */
  run(): Promise<Figures>;
}

/** What came of one measurement in all rounds. */
export interface Outcome {
  /** Of each round; none for a round that failed. */
  readonly rounds: readonly (Figures | undefined)[];
  /** Why the last round that failed did. */
  readonly failure?: Error;
}

/** How measurements are repeated. */
export interface RoundsOptions {
  readonly rounds: number;
  /** Told before each measurement. */
  readonly onStart?: (key: string, round: number) => void;
}

/**
 * Measures everything once, then everything again, so that what disturbs the
 * machine for a while disturbs all. Every other round goes backwards: nothing
 * always comes after the same.
 */
export async function runRounds(
  measurements: readonly Measurement[],
  { rounds, onStart }: RoundsOptions,
): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>(
    measurements.map(({ key }) => [key, { rounds: [] }]),
  );
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? measurements : measurements.toReversed();
    for (const measurement of order) {
      const { key } = measurement;
      onStart?.(key, round);
      outcomes.set(key, await again(measurement, outcomes.get(key)));
    }
  }
  return outcomes;
}

/** The values that one figure had, of the rounds that have it. */
export function valuesOf(
  outcome: Outcome | undefined,
  figure: string,
): number[] {
  const values = outcome?.rounds.map((figures) => figures?.[figure]) ?? [];
  return values.filter((value) => value !== undefined);
}

async function again(
  { run }: Measurement,
  { rounds, failure }: Outcome = { rounds: [] },
): Promise<Outcome> {
  try {
    return { rounds: [...rounds, await run()], failure };
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error));
    return { rounds: [...rounds, undefined], failure };
  }
}
