import type { Spread } from "../../statistics.ts";
import { type GoalRow, goalRows } from "../goals.ts";
import { figureOf, type Results, type Section } from "../results.ts";
import { digits, shortRate } from "./numbers.ts";

/** What stands where nothing was measured. */
const NONE = "–";

interface Column {
  readonly head: string;
  readonly section: Section;
  /** Figures in one cell, with a stroke between them. */
  readonly figures: readonly string[];
  readonly show: (value: number) => string;
  /** Whether the least and the most of the rounds are given too. */
  readonly withSpread?: boolean;
}

const BETWEEN: readonly Column[] = [
  rate("one-way, messages/s", "one-way"),
  time("round trip, 1 in flight: p50 / p99 µs", "request", "p50Us", "p99Us"),
  rate("requests/s, 64 in flight", "request"),
  rate("fan-out 1 → 4, deliveries/s", "fan-out"),
];
const ACKED: readonly Column[] = [rate("acknowledged messages/s", "acked")];
const DURABLE: readonly Column[] = [
  rate("messages/s, in batches", "durable"),
  {
    ...rate("1,024 under way", "durable"),
    figures: ["many perSecond"],
  },
  { ...rate("64 under way", "durable"), figures: ["few perSecond"] },
  { ...rate("1 under way", "durable"), figures: ["one perSecond"] },
  time(
    "1 under way, until it is confirmed: p50 / p99 µs",
    "durable",
    "one p50Us",
    "one p99Us",
  ),
];
const PROCESSOR: readonly Column[] = [
  time("sender", "one-way", "senderUs"),
  time("receiver", "one-way", "receiverUs"),
  time("server", "one-way", "serverUs"),
  time("round trip on one core: p50 µs", "request", "oneCoreP50Us"),
];
const LOCAL: readonly Column[] = [
  local("1 → 1, messages/s", "one"),
  local("1 → 8, publishes/s", "eight"),
  local("requests/s, 1 in flight", "ask"),
  local("requests/s, 64 in flight", "askMany"),
];
const START: readonly Column[] = [
  time("process start to first message, ms", "start", "startMs"),
  time("idle server, resident MiB", "start", "idleMiB"),
];

/** What a table is about. */
export type Table =
  | "between"
  | "acked"
  | "durable"
  | "processor"
  | "start"
  | "local"
  | "goals";

/** All tables of the page, by what they are about. */
export function tablesOf(results: Results): Readonly<Record<Table, string>> {
  const { systems, localSystems } = results;
  const all = systems.map(({ name }) => name);
  return {
    between: table(results, all, BETWEEN),
    acked: table(results, all, ACKED),
    durable: table(results, all, DURABLE),
    processor: table(results, all, PROCESSOR),
    start: table(results, all, START),
    local: table(results, localSystems.map(({ name }) => name), LOCAL),
    goals: goalTable(goalRows(results)),
  };
}

function table(
  results: Results,
  names: readonly string[],
  columns: readonly Column[],
): string {
  const rows = names.flatMap((name) => {
    const cells = columns.map((column) => cell(results, name, column));
    return cells.every((text) => text === NONE) ? [] : [[name, ...cells]];
  });
  if (rows.length === 0) return "";
  return markdown(["System", ...columns.map(({ head }) => head)], rows);
}

function cell(
  results: Results,
  name: string,
  { section, figures, show, withSpread = false }: Column,
): string {
  const found = figures.map((figure) =>
    figureOf(results, section, name, figure)
  ).filter((spread): spread is Spread => spread !== undefined);
  const [first] = found;
  if (!first) return NONE;
  const text = found.map(({ median }) => show(median)).join(" / ");
  if (!withSpread || first.min === first.max) return text;
  return `${text} (${show(first.min)} – ${show(first.max)})`;
}

function goalTable(rows: readonly GoalRow[]): string {
  if (rows.every(({ measured }) => measured === undefined)) return "";
  return markdown(
    ["Goal", "Bound", "Measured", "Reached"],
    rows.map(({ text, bound, measured, unit, reached }) => [
      text,
      bound,
      measured === undefined ? NONE : measuredText(measured, unit),
      measured === undefined ? "not measured" : reached ? "yes" : "not yet",
    ]),
  );
}

/** A ratio needs its second digit: the bounds have one. */
function measuredText(measured: number, unit: string): string {
  const text = unit === "×" ? measured.toFixed(2) : digits(measured);
  return `${text} ${unit}`;
}

function markdown(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const align = head.map((_, index) => index === 0 ? "---" : "---:");
  return [head, align, ...rows].map((row) => `| ${row.join(" | ")} |`).join(
    "\n",
  );
}

function rate(head: string, section: Section): Column {
  const figures = ["perSecond"];
  return { head, section, figures, show: shortRate, withSpread: true };
}

function local(head: string, figure: string): Column {
  const figures = [figure];
  return { head, section: "in process", figures, show: shortRate };
}

function time(head: string, section: Section, ...figures: string[]): Column {
  return { head, section, figures, show: digits };
}
