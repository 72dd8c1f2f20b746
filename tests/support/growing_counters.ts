import type { BusStats } from "../../mod.ts";

/** Figures that rise and fall. */
type Gauge = "pendingMessages" | "deadLetters";
type Figure = {
  [K in keyof BusStats]-?: BusStats[K] extends number ? K : never;
}[keyof BusStats];

/** A counter of `stats()` that only grows. */
export type GrowingCounter = Exclude<Figure, Gauge>;

/** A counter left out here does not compile. */
const COUNTERS: Readonly<Record<GrowingCounter, true>> = {
  totalMessages: true,
  totalSent: true,
  totalDelivered: true,
  totalAcked: true,
  totalFailed: true,
  totalExpired: true,
  totalDropped: true,
  totalRedelivered: true,
  totalRefused: true,
  lateReplies: true,
  staleSettlements: true,
  connectionErrors: true,
};

/** Every counter of `stats()` that only grows. */
export const GROWING_COUNTERS = Object.keys(
  COUNTERS,
) as readonly GrowingCounter[];
