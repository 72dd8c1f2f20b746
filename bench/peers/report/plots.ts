import { figureOf, type Results, type Section } from "../results.ts";
import { type Bar, barPlot } from "./plot.ts";
import { digits, shortRate } from "./numbers.ts";

/** One picture of the page. */
export interface Plot {
  /** The file's name, without its end. */
  readonly file: string;
  readonly title: string;
  readonly section: Section;
  readonly figure: string;
  readonly isRate: boolean;
}

/** All pictures, by what they show. */
export const PLOTS: readonly Plot[] = [
  plot("one_way", "One-way messages a second", "one-way", "perSecond"),
  plot(
    "fan_out",
    "Fan-out, 1 to 4: deliveries a second",
    "fan-out",
    "perSecond",
  ),
  plot("requests", "Requests a second, 64 in flight", "request", "perSecond"),
  plot("round_trip", "Round trip, 1 in flight: p50 in µs", "request", "p50Us"),
  plot("acked", "Acknowledged messages a second", "acked", "perSecond"),
  plot(
    "durable",
    "Durable messages a second",
    "durable",
    "perSecond",
  ),
  plot(
    "server_time",
    "Processor time of the server for a one-way message, in µs",
    "one-way",
    "serverUs",
  ),
];

/** A picture as an SVG document; `undefined` if nothing of it was measured. */
export function drawPlot(plot: Plot, results: Results): string | undefined {
  const bars = results.systems.flatMap(({ name, role }): Bar[] => {
    const spread = figureOf(results, plot.section, name, plot.figure);
    if (!spread) return [];
    const { median: value, min: from, max: to } = spread;
    return [{ name, role, value, from, to }];
  }).sort((a, b) => plot.isRate ? b.value - a.value : a.value - b.value);
  if (bars.length === 0) return undefined;
  const better = `${plot.isRate ? "More" : "Less"} is better.`;
  const note = results.rounds === 1
    ? `${better} One round.`
    : `${better} Median of ${results.rounds} rounds; the line spans all of them.`;
  return barPlot(plot.title, note, bars, plot.isRate ? shortRate : digits);
}

function plot(
  file: string,
  title: string,
  section: Section,
  figure: string,
): Plot {
  return { file, title, section, figure, isRate: figure === "perSecond" };
}
