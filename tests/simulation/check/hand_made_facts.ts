import type { RoutingRuleInfo } from "../../../mod.ts";
import type { BusSettings, MessageFacts, Snapshot } from "../history.ts";

/** A message as somebody sees it, plain but for what is said. */
export function messageFacts(
  id: string,
  facts: Partial<MessageFacts> = {},
): MessageFacts {
  return {
    id,
    type: "direct",
    sender: "a",
    priority: 50,
    requiresAck: true,
    attempt: 1,
    token: 1,
    ...(facts.type === undefined && facts.topic === undefined &&
      { recipient: "b" }),
    ...facts,
  };
}

/** What may be said of an accepted message beside its id. */
export type AcceptedFacts =
  & Partial<MessageFacts>
  & { mailboxes?: string[]; bytes?: number };

/** What may be said of a message that is back beside its id. */
export type RestoredFacts =
  & Partial<MessageFacts>
  & { bytes?: number; delayMs?: number; failures?: number };

/** What may be said of a delivery beside its message's id. */
export interface DeliveryFacts {
  attempt?: number;
  mailbox?: string;
  agent?: string;
}

/** What may be said of a dead letter beside its message's id. */
export interface LetterFacts {
  mailbox?: string | null;
  id?: string;
  agent?: string;
}

/** What may be said of a handler's start beside its message's id. */
export type HandlingFacts =
  & Partial<MessageFacts>
  & { consumer?: number; redelivered?: boolean };

/** Limits that no history written by hand comes near. */
export const PLAIN_SETTINGS: BusSettings = {
  maxPending: 10_000,
  maxPendingBytes: 1_000_000,
  waitTimeoutMs: 30_000,
  maxMessageBytes: 10_000,
  maxMailboxMessages: 10_000,
  overflow: "wait",
  ackTimeoutMs: 30_000,
  maxAttempts: 5,
  agingStepMs: 1_000,
  maxDeadLetters: 1_000,
  whenDeadLettersFull: "stop",
  maxHistoryEntries: 10_000,
  requestTimeoutMs: 30_000,
  reconnectGraceMs: 10_000,
};

/** A bus that has counted nothing. */
export const PLAIN_STATS: Snapshot["stats"] = {
  totalMessages: 0,
  totalSent: 0,
  totalDelivered: 0,
  totalAcked: 0,
  totalFailed: 0,
  totalExpired: 0,
  totalDropped: 0,
  totalRedelivered: 0,
  totalRefused: 0,
  lateReplies: 0,
  staleSettlements: 0,
  connectionErrors: 0,
  pendingMessages: 0,
  deadLetters: 0,
  perTopic: {},
  perSender: {},
  perType: {},
  latencyMs: { p50: 0, p90: 0, p99: 0, max: 0 },
};

/** A bus that holds nothing. */
export const PLAIN_BACKPRESSURE: Snapshot["backpressure"] = {
  pending: 0,
  pendingBytes: 0,
  reserved: 0,
  waiting: 0,
  maxPending: PLAIN_SETTINGS.maxPending,
  maxPendingBytes: PLAIN_SETTINGS.maxPendingBytes,
  saturated: false,
  totalWaits: 0,
  totalTimeouts: 0,
  peakPending: 0,
};

/** A rule that has matched nothing, and does nothing. */
export const PLAIN_RULE: RoutingRuleInfo = {
  id: "r",
  priority: 1,
  enabled: true,
  final: false,
  matches: 0,
};
