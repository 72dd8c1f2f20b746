import { type Outcome, valuesOf } from "../rounds.ts";
import { type Spread, spread } from "../statistics.ts";
import { type Benchmark, type FigureName, FIGURES } from "./benchmark.ts";

/** One figure of one benchmark over all rounds. */
export interface ResultRow {
  readonly group: string;
  readonly name: string;
  readonly figure: FigureName;
  readonly spread: Spread;
}

/** The figures of all benchmarks that were measured. */
export function resultRows(
  benchmarks: readonly Benchmark[],
  outcomeOf: (benchmark: Benchmark) => Outcome | undefined,
): ResultRow[] {
  return benchmarks.flatMap((benchmark) =>
    benchmark.figures.flatMap((figure) => {
      const values = valuesOf(outcomeOf(benchmark), figure);
      if (values.length === 0) return [];
      const { group, name } = benchmark;
      return [{ group, name, figure, spread: spread(values) }];
    })
  );
}

/** The same as a table. */
export function resultText(rows: readonly ResultRow[]): string {
  return [...Map.groupBy(rows, ({ group }) => group)]
    .map(([group, members]) => {
      const head = line(group, "median", "from", "to");
      return ["", head, ...members.map(rowText)].join("\n");
    })
    .join("\n");
}

/** What could not be measured, and why. */
export function failureText(
  benchmarks: readonly Benchmark[],
  outcomeOf: (benchmark: Benchmark) => Outcome | undefined,
): string {
  return benchmarks.flatMap((benchmark) => {
    const failure = outcomeOf(benchmark)?.failure;
    return failure
      ? [`not measured: ${benchmark.name}: ${failure.message}`]
      : [];
  }).join("\n");
}

function rowText({ group, name, figure, spread }: ResultRow): string {
  const { label, show } = FIGURES[figure];
  const short = name.slice(group.length + 2);
  const { median, min, max } = spread;
  return line(`  ${short}: ${label}`, show(median), show(min), show(max));
}

function line(name: string, ...cells: string[]): string {
  return name.padEnd(74) + cells.map((cell) => cell.padStart(12)).join("");
}
