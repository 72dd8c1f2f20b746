import type { BusStats } from "../../../mod.ts";
import { GROWING_COUNTERS } from "../../support/growing_counters.ts";
import type { Line, Snapshot } from "../history.ts";
import { Violation } from "./checker.ts";
import type { Counted } from "./counted.ts";
import type { MessageRecords } from "./message_records.ts";

/** Quantiles are within this share of the truth. */
const BUCKET = 1 / 32;
/** What took longer is counted as that long: 71 minutes. */
const LONGEST_MS = 2 ** 32 / 1_000;

/** Counters that are compared with what was told. */
const EXACT = [
  "totalMessages",
  "totalSent",
  "totalDelivered",
  "totalAcked",
  "totalFailed",
  "totalExpired",
  "totalDropped",
  "totalRedelivered",
  "deadLetters",
] as const satisfies readonly (keyof BusStats & keyof Counted)[];

const PER = ["perTopic", "perSender", "perType"] as const;

/** No gauge is below 0, or no number. */
export function checkGauges(line: Line & { type: "gauges" }): void {
  const { pending, pendingBytes, reserved, waiting, requests, letters } = line;
  const gauges = {
    pending,
    pendingBytes,
    reserved,
    waiting,
    requests,
    letters,
  };
  for (const [name, value] of Object.entries(gauges)) {
    if (value >= 0) continue;
    throw new Violation("X2", `the gauge ${name} shows ${value}`, line);
  }
}

/** No counter falls, or is no number. */
export function checkNumbers(
  stats: BusStats,
  before: BusStats | undefined,
  line: Line,
): void {
  for (const name of GROWING_COUNTERS) {
    const least = before?.[name] ?? 0;
    if (stats[name] >= least) continue;
    const text = `${name} is ${stats[name]}, and was ${least}`;
    throw new Violation("X2", text, line);
  }
  for (const name of PER) {
    for (const [key, count] of Object.entries(before?.[name] ?? {})) {
      if ((stats[name][key] ?? 0) >= count) continue;
      const text = `${name} of "${key}" is ${
        stats[name][key]
      }, and was ${count}`;
      throw new Violation("X2", text, line);
    }
  }
}

/** Every counter is what the told lines add up to. */
export function compareCounters(
  stats: BusStats,
  told: Counted,
  line: Line,
): void {
  for (const name of EXACT) {
    if (stats[name] === told[name]) continue;
    const text = `${name} is ${stats[name]}, and should be ${told[name]}`;
    throw new Violation("X1", text, line);
  }
  for (const name of PER) {
    const shown = stats[name];
    const counts = told[name];
    const isSame = Object.keys(shown).length === counts.size &&
      Object.entries(shown).every(([key, count]) => counts.get(key) === count);
    if (isSame) continue;
    const text = `${name} is ${JSON.stringify(shown)}, and should be ${
      JSON.stringify(Object.fromEntries(counts))
    }`;
    throw new Violation("X1", text, line);
  }
}

/** Latencies are those of the history, within their buckets. */
export function compareLatencies(
  shown: BusStats["latencyMs"],
  latenciesMs: number[],
  line: Line,
): void {
  if (latenciesMs.some(Number.isNaN)) return;
  latenciesMs.sort((one, other) => one - other);
  const fail = (name: string, value: number, truth: number) => {
    const text = `the latency ${name} is ${value} ms, and should be ${truth}`;
    throw new Violation("X3", text, line);
  };
  const longest = latenciesMs.at(-1) ?? 0;
  if (Math.abs(shown.max - longest) > 1e-6) fail("max", shown.max, longest);
  const shares = [["p50", 0.5], ["p90", 0.9], ["p99", 0.99]] as const;
  for (const [name, share] of shares) {
    const rank = Math.ceil(latenciesMs.length * share);
    const truth = Math.min(LONGEST_MS, latenciesMs[rank - 1] ?? 0);
    const error = truth * BUCKET + 0.001;
    if (Math.abs(shown[name] - truth) > error) fail(name, shown[name], truth);
  }
}

/** The messages that are shown are the last ones, with what became of them. */
export function compareHistory(
  history: Snapshot["history"],
  records: MessageRecords,
  line: Line,
): void {
  const isKnown = ({ messageId }: Snapshot["history"][number]) =>
    !records.isVague(messageId);
  const shown = history.filter(isKnown);
  const told = records.shown().filter(isKnown);
  // While much is going on, only the newest are looked at.
  const isWhole = line.type === "snapshot" && line.quiet && records.isCounted;
  const isRight = isWhole
    ? shown.length === told.length
    : shown.length <= told.length || !records.isCounted;
  if (!isRight) {
    const text =
      `the history has ${shown.length} messages, and should have ${told.length}`;
    throw new Violation("X4", text, line);
  }
  for (const [index, entry] of shown.entries()) {
    const one = told[index];
    if (!one && !records.isCounted) return;
    const isSame = one?.messageId === entry.messageId &&
      one.outcome === entry.outcome && one.deliveries === entry.deliveries;
    if (isSame) continue;
    const text = `the history shows ${JSON.stringify(entry)}, and should ${
      JSON.stringify(one)
    }`;
    throw new Violation("X4", text, line);
  }
}
