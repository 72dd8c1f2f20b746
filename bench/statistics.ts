/** A median and what it lies between. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The median of some values, the smallest and the largest. */
export function spread(values: readonly number[]): Spread {
  return {
    median: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
  };
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? NaN;
  if (!Number.isInteger(middle)) return upper;
  return ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** The value that a part `q` of all values does not exceed. `sorted` is in ascending order. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  return sorted[Math.floor((sorted.length - 1) * q)] ?? NaN;
}

/** Bounds between which something lies, with 95 % confidence. */
export interface Interval {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

/** Quantiles of Student's distribution for 95 %, by degrees of freedom from 1. */
const STUDENT = [
  12.71,
  4.3,
  3.18,
  2.78,
  2.57,
  2.45,
  2.36,
  2.31,
  2.26,
  2.23,
  2.2,
  2.18,
  2.16,
  2.14,
  2.13,
  2.12,
  2.11,
  2.1,
  2.09,
];
/** The same for more than those. */
const STUDENT_REST = 2.09;

/**
 * The geometric mean of ratios with its interval. Logarithms, as a ratio of 2
 * and one of 0.5 are equally far from 1.
 */
export function ratioInterval(ratios: readonly number[]): Interval {
  const logs = ratios.map((ratio) => Math.log(ratio));
  const mean = sum(logs) / logs.length;
  const squares = logs.map((log) => (log - mean) ** 2);
  const freedom = logs.length - 1;
  const error = Math.sqrt(sum(squares) / freedom / logs.length);
  const reach = freedom < 1
    ? Infinity
    : error * (STUDENT[freedom - 1] ?? STUDENT_REST);
  return {
    low: Math.exp(mean - reach),
    middle: Math.exp(mean),
    high: Math.exp(mean + reach),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
