import type { GrowthSeries } from "./growth.ts";

/** Up to which power of the count the growth is called what. */
const ORDERS: readonly (readonly [number, string])[] = [
  [0.1, "constant"],
  [0.35, "slower than the square root"],
  [0.8, "about the square root"],
  [1.2, "linear"],
  [Infinity, "MORE THAN LINEAR"],
];

/** All series as tables. */
export function growthText(series: readonly GrowthSeries[]): string {
  return series.map(seriesText).join("\n");
}

/** What a power of the count is called. */
export function orderName(order: number): string {
  return ORDERS.find(([most]) => order <= most)?.[1] ?? "unknown";
}

function seriesText({ dimension, points, order }: GrowthSeries): string {
  const head = line(dimension, "sends a second", "p99");
  const rows = points.map(({ count, perSecond, p99Us }) =>
    line(
      count.toLocaleString("en"),
      digits(perSecond),
      `${digits(p99Us)} µs`,
    )
  );
  const power = order.toFixed(2);
  const last = `  time for a message grows with n^${power}: ${
    orderName(order)
  }`;
  return ["", head, ...rows, last].join("\n");
}

function line(name: string, rate: string, time: string): string {
  return name.padStart(16) + rate.padStart(18) + time.padStart(14);
}

function digits(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}
