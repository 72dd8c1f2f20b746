import type { Build } from "../process/build.ts";
import type { Figures } from "../rounds.ts";

/** One kind of work of ours whose cost is measured. */
export interface Benchmark {
  /** What it is called in the results and for `--only`. */
  readonly name: string;
  /** The setting it runs in: rows of one setting stand together. */
  readonly group: string;
  /** Its figures, in the order in which they are shown. */
  readonly figures: readonly FigureName[];
  /** Measures it once, in fresh processes, for about `ms`. */
  run(build: Build, ms: number): Promise<Figures>;
}

/** What is measured of a benchmark. */
export interface FigureKind {
  /** What it is called in the results. */
  readonly label: string;
  /** Makes a number readable. */
  readonly show: (value: number) => string;
  /** Whether more of it is better. */
  readonly moreIsBetter: boolean;
}

/** Every figure that a benchmark may have. */
export const FIGURES = {
  perSecond: { label: "per second", show: rounded, moreIsBetter: true },
  p50Us: { label: "p50", show: unit("µs"), moreIsBetter: false },
  p99Us: { label: "p99", show: unit("µs"), moreIsBetter: false },
  serverUs: {
    label: "processor time of the bus per message",
    show: unit("µs"),
    moreIsBetter: false,
  },
  lateMs: {
    label: "lateness of the bus's event loop, p99",
    show: unit("ms"),
    moreIsBetter: false,
  },
  ownUs: {
    label: "processor time per message",
    show: unit("µs"),
    moreIsBetter: false,
  },
  us: { label: "each", show: unit("µs"), moreIsBetter: false },
  ms: { label: "takes", show: unit("ms"), moreIsBetter: false },
  bytes: { label: "each", show: unit("B"), moreIsBetter: false },
  startMs: {
    label: "process start to first message",
    show: unit("ms"),
    moreIsBetter: false,
  },
  idleBytes: {
    label: "resident when idle",
    show: mebibytes,
    moreIsBetter: false,
  },
} as const satisfies Record<string, FigureKind>;

/** The name of one of them. */
export type FigureName = keyof typeof FIGURES;

/** A number with three digits that count. */
export function rounded(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

function unit(name: string): (value: number) => string {
  return (value) => `${rounded(value)} ${name}`;
}

function mebibytes(bytes: number): string {
  return `${rounded(bytes / 2 ** 20)} MiB`;
}
