import type { Build } from "../process/build.ts";
import { Child } from "../process/child.ts";
import { type Figures, runRounds, valuesOf } from "../rounds.ts";
import { median } from "../statistics.ts";

const PROGRAM = "growth/programs/growth.ts";
const ROUNDS = 3;
const SIZES = [1, 10, 100, 1_000];
const DEPTHS = [10, 100, 1_000, 10_000, 100_000];

/** Of what there is more and more, and how much. */
const DIMENSIONS: readonly (readonly [string, readonly number[]])[] = [
  ["agents", SIZES],
  ["topics", SIZES],
  ["rules", SIZES],
  ["queued messages", DEPTHS],
];

/** What a message costs when there is so much of something. */
export interface GrowthPoint {
  readonly count: number;
  readonly perSecond: number;
  /** From the send to the handler, with nothing else to do, 99 of 100 times not more. */
  readonly p99Us: number;
}

/** The cost of a message as there is more of one thing. */
export interface GrowthSeries {
  readonly dimension: string;
  readonly points: readonly GrowthPoint[];
  /** The power of the count that the time for a message grows with. */
  readonly order: number;
}

/** Measures sends as there are more agents, topics, rules and queued messages. */
export async function measureGrowth(
  build: Build,
  ms: number,
  onProgress: (text: string) => void,
): Promise<GrowthSeries[]> {
  const measurements = DIMENSIONS.flatMap(([dimension, counts]) =>
    counts.map((count) => ({
      key: `${count} ${dimension}`,
      run: () => measurePoint(build, dimension, count, ms),
    }))
  );
  const outcomes = await runRounds(measurements, {
    rounds: ROUNDS,
    onStart: (key, round) => onProgress(`round ${round + 1}: ${key}`),
  });
  return DIMENSIONS.map(([dimension, counts]) => {
    const points = counts.map((count) => {
      const outcome = outcomes.get(`${count} ${dimension}`);
      if (outcome?.failure) throw outcome.failure;
      const middle = (figure: string) => median(valuesOf(outcome, figure));
      return { count, perSecond: middle("perSecond"), p99Us: middle("p99Us") };
    });
    return { dimension, points, order: orderOf(points) };
  });
}

/** The slope of time against count, both as logarithms, by least squares. */
export function orderOf(points: readonly GrowthPoint[]): number {
  const pairs = points.map(({ count, perSecond }) =>
    [Math.log(count), -Math.log(perSecond)] as const
  );
  const mean = (at: 0 | 1) =>
    pairs.reduce((total, pair) => total + pair[at], 0) / pairs.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  let [product, square] = [0, 0];
  for (const [x, y] of pairs) {
    product += (x - meanX) * (y - meanY);
    square += (x - meanX) ** 2;
  }
  return product / square;
}

async function measurePoint(
  build: Build,
  dimension: string,
  count: number,
  ms: number,
): Promise<Figures> {
  const args = [dimension, String(count), String(ms)];
  await using child = Child.spawn(PROGRAM, args, { build });
  return await child.hear<Figures>();
}
