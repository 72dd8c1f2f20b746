import type { MessageHead } from "./envelope.ts";
import { CountedNames } from "./counted_names.ts";
import { LatencyHistogram } from "./latency_histogram.ts";
import type { BusStats } from "./records.ts";

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

  /** The counts as `bus.stats()` shows them. */
  snapshot(
    now: { pendingMessages: number; deadLetters: number },
  ): BusStats {
    return {
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
      ...now,
      perTopic: this.perTopic.toRecord(),
      perSender: this.perSender.toRecord(),
      perType: this.perType.toRecord(),
      latencyMs: {
        p50: this.latency.quantile(0.5),
        p90: this.latency.quantile(0.9),
        p99: this.latency.quantile(0.99),
        max: this.latency.maxMs,
      },
    };
  }
}
