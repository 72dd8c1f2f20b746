import type { MessageHead } from "./envelope.ts";
import { CountedNames } from "./counted_names.ts";
import { LatencyHistogram } from "./latency_histogram.ts";
import type { BusStats, StoreStats } from "./records.ts";

/** What a bus counts. Every field only grows; each is raised in one place. */
export class Counters {
  /** Messages accepted, replies included. */
  messages = 0;
  /** Messages accepted that agents sent: all but replies. */
  sent = 0;
  /** Copies handed out for the first time, and replies handed over. */
  delivered = 0;
  /** Copies that required an ack and got it. */
  acked = 0;
  /** Copies given up because they were refused or failed. */
  failed = 0;
  /** Copies, and messages on arrival, whose time to live had ended. */
  expired = 0;
  /** Copies, and messages without a recipient, that were dropped. */
  dropped = 0;
  /** Copies handed out again. */
  redelivered = 0;
  /** Sends refused with an error. */
  refused = 0;
  /** Replies nobody waited for any more. */
  lateReplies = 0;
  /** Settlements of a lease that had ended. */
  staleSettlements = 0;
  /** Connections that ended as their peer broke the protocol or was gone. */
  connectionErrors = 0;
  /** From accept to the start of the handler. */
  readonly latency: LatencyHistogram = new LatencyHistogram();
  /** Accepted messages by topic. */
  readonly perTopic: CountedNames = new CountedNames();
  /** Accepted messages by sender. */
  readonly perSender: CountedNames = new CountedNames();
  /** Accepted messages by type. */
  readonly perType: CountedNames = new CountedNames();
  /** Requests refused as nobody serves the name, by that name. */
  readonly unserved: CountedNames = new CountedNames();

  /** Counts a send that is refused before it gets to the bus. */
  orRefuse<T>(check: () => T): T {
    try {
      return check();
    } catch (error) {
      this.refused++;
      throw error;
    }
  }

  /** Counts an accepted message. */
  accept(head: MessageHead): void {
    const isReply = head.type === "response" || head.type === "error";
    this.messages++;
    // A user's own message may be of type "error" too; only replies carry a request's id back.
    if (!isReply || head.requestId === undefined) this.sent++;
    if (head.topic !== undefined) this.perTopic.add(head.topic);
    this.perSender.add(head.sender);
    this.perType.add(head.type);
  }

  /**
   * The counts as `bus.stats()` shows them: those of this moment, whenever they
   * are read. The records by name are made when they are first looked at.
   */
  snapshot(
    now: {
      pendingMessages: number;
      deadLetters: number;
      store?: StoreStats;
    },
  ): BusStats {
    const totals = {
      totalMessages: this.messages,
      totalSent: this.sent,
      totalDelivered: this.delivered,
      totalAcked: this.acked,
      totalFailed: this.failed,
      totalExpired: this.expired,
      totalDropped: this.dropped,
      totalRedelivered: this.redelivered,
      totalRefused: this.refused,
      lateReplies: this.lateReplies,
      staleSettlements: this.staleSettlements,
      connectionErrors: this.connectionErrors,
      pendingMessages: now.pendingMessages,
      deadLetters: now.deadLetters,
      ...(now.store && { store: now.store }),
    };
    const records = {
      perTopic: this.perTopic.snapshot(),
      perSender: this.perSender.snapshot(),
      perType: this.perType.snapshot(),
    };
    return Object.assign(withRecords(totals, records), {
      latencyMs: {
        p50: this.latency.quantile(0.5),
        p90: this.latency.quantile(0.9),
        p99: this.latency.quantile(0.99),
        max: this.latency.maxMs,
      },
    });
  }
}

/** The counts by name of one moment; each is made when it is first asked for. */
type Records = Readonly<
  Record<"perTopic" | "perSender" | "perType", () => Record<string, number>>
>;

const RECORDS = Symbol("records");

/**
 * What every snapshot has: the same functions, so that all are of one shape.
 * Getters of its own would give each snapshot a shape of its own, which costs
 * ten times the copying.
 */
const PROPERTIES: PropertyDescriptorMap = {
  perTopic: recordOf("perTopic"),
  perSender: recordOf("perSender"),
  perType: recordOf("perType"),
  // Lets a console print the records, and not that there are getters.
  [Symbol.for("nodejs.util.inspect.custom")]: {
    value(this: object) {
      return { ...this };
    },
  },
};

function withRecords<T extends object>(
  totals: T,
  records: Records,
): T & Pick<BusStats, keyof Records> {
  Object.defineProperty(totals, RECORDS, { value: records });
  Object.defineProperties(totals, PROPERTIES);
  return totals as T & Pick<BusStats, keyof Records>;
}

function recordOf(name: keyof Records): PropertyDescriptor {
  return {
    enumerable: true,
    get(this: { readonly [RECORDS]: Records }) {
      return this[RECORDS][name]();
    },
  };
}
