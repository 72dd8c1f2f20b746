import type { MessageBus } from "../mod.ts";
import { INSPECTOR_LIMITS } from "./inspector_limits.ts";
import type { FullStats } from "./stats_source.ts";

/** One line of a metric. */
interface Sample {
  /** Names and values, in the order they are written. */
  labels?: Readonly<Record<string, string>>;
  value: number;
}

/** The rest beyond the named topics or agents; no topic or name can look like it. */
const OTHER = "(other)";
const MS_PER_SECOND = 1_000;

/**
 * The figures of a bus in Prometheus's text format, version 0.0.4. Label
 * values are bounded: the 100 busiest topics and the 100 fullest mailboxes are
 * named, the rest is added up as `(other)`.
 */
export function metricsText(bus: MessageBus, stats: FullStats): string {
  return [
    ...counters(stats),
    ...roomGauges(stats),
    ...busGauges(bus),
    ...timeGauges(stats),
  ].join("");
}

function counters(stats: FullStats): string[] {
  const { backpressure } = stats;
  return [
    counter(
      "messages",
      "Messages accepted, by type.",
      byLabel("type", stats.perType),
    ),
    counter(
      "topic_messages",
      "Messages accepted, by topic.",
      byLabel("topic", stats.perTopic),
    ),
    counter(
      "sent",
      "Messages accepted that agents sent: all but replies.",
      stats.totalSent,
    ),
    counter(
      "delivered",
      "Copies handed to a handler for the first time.",
      stats.totalDelivered,
    ),
    counter(
      "acked",
      "Copies that required an ack and got it.",
      stats.totalAcked,
    ),
    counter("failed", "Copies given up after a failure.", stats.totalFailed),
    counter(
      "expired",
      "Copies whose time to live had ended.",
      stats.totalExpired,
    ),
    counter("dropped", "Copies dropped.", stats.totalDropped),
    counter("redelivered", "Copies handed out again.", stats.totalRedelivered),
    counter("refused", "Sends refused with an error.", stats.totalRefused),
    counter(
      "late_replies",
      "Replies that nobody waited for.",
      stats.lateReplies,
    ),
    counter(
      "stale_settlements",
      "Settlements of a lease that had ended.",
      stats.staleSettlements,
    ),
    counter(
      "backpressure_waits",
      "Sends that had to wait for room.",
      backpressure.totalWaits,
    ),
    counter(
      "backpressure_timeouts",
      "Sends refused after their wait.",
      backpressure.totalTimeouts,
    ),
  ];
}

function roomGauges({ backpressure }: FullStats): string[] {
  const { pending, maxPending, pendingBytes, peakPending, waiting } =
    backpressure;
  return [
    gauge("pending", "Accepted copies that are not finished.", pending),
    gauge("pending_limit", "The most that may be pending.", maxPending),
    gauge("pending_bytes", "Payload bytes of pending copies.", pendingBytes),
    gauge("pending_peak", "The most that was ever pending.", peakPending),
    gauge("waiting_senders", "Senders that wait for room.", waiting),
  ];
}

function busGauges(bus: MessageBus): string[] {
  const mailboxes = Object.fromEntries(
    bus.agents().map((agent) => [agent.name, agent.mailboxDepth]),
  );
  const reasons: Record<string, number> = {};
  for (const { reason } of bus.deadLetters) {
    reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  const isOpen = bus.state === "open" ? 1 : 0;
  return [
    gauge("info", "Always 1; names the bus.", [{
      labels: { bus: bus.name },
      value: 1,
    }]),
    gauge("up", "Whether the bus takes messages in.", isOpen),
    gauge("agents", "Agents known.", Object.keys(mailboxes).length),
    gauge(
      "mailbox_depth",
      "Messages that wait, by agent.",
      byLabel("agent", mailboxes),
    ),
    gauge(
      "pending_requests",
      "Requests without a reply yet.",
      bus.requests.pending().length,
    ),
    gauge(
      "dead_letters",
      "Dead letters kept, by reason.",
      byLabel("reason", reasons),
    ),
  ];
}

function timeGauges({ latencyMs, uptimeMs }: FullStats): string[] {
  const { p50, p90, p99, max } = latencyMs;
  const quantiles = Object.entries({
    "0.5": p50,
    "0.9": p90,
    "0.99": p99,
    "1": max,
  });
  const latency = quantiles.map(([quantile, ms]) => ({
    labels: { quantile },
    value: ms / MS_PER_SECOND,
  }));
  return [
    gauge(
      "latency_seconds",
      "From accept to the start of the handler.",
      latency,
    ),
    gauge(
      "uptime_seconds",
      "Since the inspector was made.",
      uptimeMs / MS_PER_SECOND,
    ),
  ];
}

function counter(
  name: string,
  help: string,
  samples: number | Sample[],
): string {
  return metric(`busbar_${name}_total`, "counter", help, samples);
}

function gauge(name: string, help: string, samples: number | Sample[]): string {
  return metric(`busbar_${name}`, "gauge", help, samples);
}

function metric(
  name: string,
  type: string,
  help: string,
  samples: number | Sample[],
): string {
  const all = typeof samples === "number" ? [{ value: samples }] : samples;
  const lines = all.map(({ labels, value }: Sample) =>
    `${name}${labelText(labels)} ${value}\n`
  );
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function labelText(
  labels: Readonly<Record<string, string>> | undefined,
): string {
  if (!labels) return "";
  const pairs = Object.entries(labels).map(([name, value]) =>
    `${name}="${escaped(value)}"`
  );
  return `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll(
    "\n",
    "\\n",
  );
}

/** One sample for each name, the largest first; what is beyond the limit is added up. */
function byLabel(
  label: string,
  counts: Readonly<Record<string, number>>,
): Sample[] {
  const named = Object.entries(counts).filter(([name]) => name !== OTHER)
    .sort(([, a], [, b]) => b - a);
  const shown = named.slice(0, INSPECTOR_LIMITS.maxLabelValues);
  const rest = named.slice(shown.length).reduce(
    (sum, [, count]) => sum + count,
    counts[OTHER] ?? 0,
  );
  const samples = shown.map(([name, value]) => ({
    labels: { [label]: name },
    value,
  }));
  return rest > 0
    ? [...samples, { labels: { [label]: OTHER }, value: rest }]
    : samples;
}
