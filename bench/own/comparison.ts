import { type Outcome, valuesOf } from "../rounds.ts";
import { type Interval, median, ratioInterval } from "../statistics.ts";
import { type Benchmark, type FigureName, FIGURES } from "./benchmark.ts";

/** A difference smaller than this is none, whatever its certainty. */
const MARGIN = 0.05;

/** What is said of one figure of two builds. */
export type Verdict = "same within noise" | "better" | "WORSE";

/** One figure of one benchmark, of two builds. */
export interface ComparisonRow {
  readonly group: string;
  readonly name: string;
  readonly figure: FigureName;
  /** Median before. */
  readonly before: number;
  /** Median now. */
  readonly now: number;
  /** Now against before, over the rounds. */
  readonly ratio: Interval;
  readonly verdict: Verdict;
}

/**
 * Compares two builds that were measured in turn: each round gives a ratio of
 * neighbours in time. There is a difference if the 95 % interval of their mean
 * lies beyond 1 by more than 5 % as a whole.
 */
export function compare(
  benchmark: Benchmark,
  figure: FigureName,
  before: Outcome | undefined,
  now: Outcome | undefined,
): ComparisonRow | undefined {
  const ratios = (now?.rounds ?? []).flatMap((figures, round) => {
    const [after, earlier] = [
      figures?.[figure],
      before?.rounds[round]?.[figure],
    ];
    const isRatio = after !== undefined && earlier !== undefined &&
      after > 0 && earlier > 0;
    return isRatio ? [after / earlier] : [];
  });
  if (ratios.length === 0) return undefined;
  const ratio = ratioInterval(ratios);
  return {
    group: benchmark.group,
    name: benchmark.name,
    figure,
    before: median(valuesOf(before, figure)),
    now: median(valuesOf(now, figure)),
    ratio,
    verdict: verdictOn(ratio, FIGURES[figure].moreIsBetter),
  };
}

/** What an interval of ratios says. */
export function verdictOn(
  { low, high }: Interval,
  moreIsBetter: boolean,
): Verdict {
  const isMore = low > 1 + MARGIN;
  const isLess = high < 1 / (1 + MARGIN);
  if (!isMore && !isLess) return "same within noise";
  return isMore === moreIsBetter ? "better" : "WORSE";
}

/** The comparison as a table. */
export function comparisonText(rows: readonly ComparisonRow[]): string {
  return [...Map.groupBy(rows, ({ group }) => group)]
    .map(([group, members]) => {
      const head = line(group, "before", "now", "ratio (95 %)", "");
      return ["", head, ...members.map(rowText)].join("\n");
    })
    .join("\n");
}

function rowText(row: ComparisonRow): string {
  const { label, show } = FIGURES[row.figure];
  const { low, middle, high } = row.ratio;
  const [from, to] = [low.toFixed(2), high.toFixed(2)];
  return line(
    `  ${row.name.slice(row.group.length + 2)}: ${label}`,
    show(row.before),
    show(row.now),
    `${middle.toFixed(2)} (${from} to ${to})`,
    row.verdict,
  );
}

function line(
  name: string,
  before: string,
  now: string,
  ratio: string,
  verdict: string,
): string {
  return name.padEnd(74) + before.padStart(11) + now.padStart(11) +
    ratio.padStart(22) + "  " + verdict;
}
