import type { MessageBus } from "../mod.ts";
import { INSPECTOR_LIMITS } from "./inspector_limits.ts";
import type { FullStats } from "./stats_source.ts";

/** One line of a metric. */
interface Sample {
  /** Names and values, in the order they are written. */
  labels?: Readonly<Record<string, string>>;
  value: number;
}

/** The only sample of a metric, or each of them. */
type Figures = number | readonly Sample[];

/** The rest beyond the named topics or agents; no topic or name can look like it. */
const OTHER = "(other)";
const MS_PER_SECOND = 1_000;

/** What is counted: what it is, and where it stands. */
const COUNTERS: Readonly<
  Record<string, [help: string, read: (stats: FullStats) => Figures]>
> = {
  messages: [
    "Messages accepted, by type.",
    ({ perType }) => byLabel("type", perType),
  ],
  topic_messages: [
    "Messages accepted, by topic.",
    ({ perTopic }) => byLabel("topic", perTopic),
  ],
  sent: [
    "Messages accepted that agents sent: all but replies.",
    ({ totalSent }) => totalSent,
  ],
  delivered: [
    "Copies handed to a handler for the first time.",
    ({ totalDelivered }) => totalDelivered,
  ],
  acked: [
    "Copies that required an ack and got it.",
    ({ totalAcked }) => totalAcked,
  ],
  failed: [
    "Copies given up after a failure.",
    ({ totalFailed }) => totalFailed,
  ],
  expired: [
    "Copies whose time to live had ended.",
    ({ totalExpired }) => totalExpired,
  ],
  dropped: ["Copies dropped.", ({ totalDropped }) => totalDropped],
  redelivered: [
    "Copies handed out again.",
    ({ totalRedelivered }) => totalRedelivered,
  ],
  refused: ["Sends refused with an error.", ({ totalRefused }) => totalRefused],
  late_replies: [
    "Replies that nobody waited for.",
    ({ lateReplies }) => lateReplies,
  ],
  stale_settlements: [
    "Settlements of a lease that had ended.",
    ({ staleSettlements }) => staleSettlements,
  ],
  connection_errors: [
    "Connections that ended as their peer broke the protocol or was gone.",
    ({ connectionErrors }) => connectionErrors,
  ],
  lost_events: [
    "Events that readers were too slow for.",
    ({ lostEvents }) => lostEvents,
  ],
  backpressure_waits: [
    "Sends that had to wait for room.",
    ({ backpressure }) => backpressure.totalWaits,
  ],
  backpressure_timeouts: [
    "Sends refused after their wait.",
    ({ backpressure }) => backpressure.totalTimeouts,
  ],
};

/**
 * The figures of a bus in Prometheus's text format, version 0.0.4. Label
 * values are bounded: the 100 busiest topics and the 100 fullest mailboxes are
 * named, the rest is added up as `(other)`.
 */
export function metricsText(bus: MessageBus, stats: FullStats): string {
  return [
    ...Object.entries(COUNTERS).map(([name, [help, read]]) =>
      metric(`busbar_${name}_total`, "counter", help, read(stats))
    ),
    ...roomGauges(stats),
    ...storeGauges(stats),
    ...busGauges(bus, stats),
    ...times(stats),
  ].join("");
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

function storeGauges({ store }: FullStats): string[] {
  if (!store) return [];
  const labels = { store: store.name };
  return [
    gauge("store_bytes", "What the store takes where it is kept.", [
      { labels, value: store.bytes },
    ]),
    gauge("store_records", "Records in the store.", [
      { labels, value: store.records },
    ]),
  ];
}

function busGauges(bus: MessageBus, { health, state }: FullStats): string[] {
  const mailboxes = Object.fromEntries(
    bus.agents().map((agent) => [agent.name, agent.mailboxDepth]),
  );
  const reasons: Record<string, number> = {};
  for (const { reason } of bus.deadLetters) {
    reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  return [
    gauge("info", "Always 1; names the bus.", [{
      labels: { bus: bus.name },
      value: 1,
    }]),
    gauge(
      "up",
      "Whether the bus takes messages in.",
      state === "open" ? 1 : 0,
    ),
    gauge(
      "ready",
      "Whether the bus can do its work, its store included.",
      health.ready ? 1 : 0,
    ),
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

function times({ latencyMs, uptimeMs }: FullStats): string[] {
  const { p50, p90, p99, max } = latencyMs;
  const quantiles: [quantile: string, ms: number][] = [
    ["0.5", p50],
    ["0.9", p90],
    ["0.99", p99],
    ["1", max],
  ];
  return [
    metric(
      "busbar_latency_seconds",
      "summary",
      "From accept to the start of the handler, since the bus was made.",
      quantiles.map(([quantile, ms]) => ({
        labels: { quantile },
        value: ms / MS_PER_SECOND,
      })),
    ),
    gauge(
      "uptime_seconds",
      "Since the inspector was made.",
      uptimeMs / MS_PER_SECOND,
    ),
  ];
}

function gauge(name: string, help: string, figures: Figures): string {
  return metric(`busbar_${name}`, "gauge", help, figures);
}

function metric(
  name: string,
  type: "counter" | "gauge" | "summary",
  help: string,
  figures: Figures,
): string {
  const samples: readonly Sample[] = typeof figures === "number"
    ? [{ value: figures }]
    : figures;
  const lines = samples.map(({ labels, value }) =>
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
