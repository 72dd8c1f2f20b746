import type { Message, MessageType } from "../core/message.ts";
import type { DeliveryOutcome } from "../core/events.ts";

/** An agent, as `bus.agents()` shows it. */
export interface AgentInfo {
  /** Its name. */
  readonly name: string;
  /** Processes, or objects in this process, that serve the name now. */
  readonly instances: number;
  /** Messages that wait for it. */
  readonly mailboxDepth: number;
  /** Messages it has in hand. */
  readonly inFlight: number;
  /** When it last joined or sent something, in milliseconds since the Unix epoch. */
  readonly lastSeen: number;
  /** Whether its mailbox outlives its presence. */
  readonly durable: boolean;
  /** What it is subscribed to. */
  readonly subscriptions: readonly SubscriptionInfo[];
}

/** A subscription, as `bus.agents()` shows it. */
export interface SubscriptionInfo {
  /** The pattern. */
  readonly pattern: string;
  /** The group it shares messages with. */
  readonly queue?: string;
  /** Messages that wait for it. */
  readonly mailboxDepth: number;
}

/** Somebody who waits for a reply. */
export interface PendingRequest {
  /** Joins the reply to it. */
  readonly requestId: string;
  /** The request's message. */
  readonly messageId: string;
  /** Who waits. */
  readonly sender: string;
  /** For whom. */
  readonly recipient: string;
  /** What it is about. */
  readonly topic?: string;
  /** The conversation it belongs to. */
  readonly correlationId?: string;
  /** Since when, in milliseconds since the Unix epoch. */
  readonly startedAt: number;
  /** Until when, in milliseconds since the Unix epoch. */
  readonly deadlineAt: number;
  /** Whether a responder has it in hand. */
  readonly state: "queued" | "in_progress";
}

/** What became of a message. */
export type MessageOutcome =
  | "pending"
  | "delivered"
  | "acked"
  | "expired"
  | "dead"
  | "dropped";

/** One handing over of a message, as the history remembers it. Times are milliseconds since the Unix epoch. */
export interface DeliveryRecord {
  /** Who had it. */
  readonly agent: string;
  /** Which attempt it was. */
  readonly attempt: number;
  /** When it was handed over. */
  readonly startedAt: number;
  /** When it ended; absent while in hand. */
  readonly endedAt?: number;
  /** How it ended; absent while in hand. */
  readonly outcome?: DeliveryOutcome;
  /** What it failed with. */
  readonly error?: string;
}

/** A message the bus remembers, with what became of it. */
export interface HistoryEntry {
  /** The message. */
  readonly message: Message;
  /** The worst of what became of its copies, or `"pending"` while one is unfinished. */
  readonly outcome: MessageOutcome;
  /** Its deliveries, oldest first; the first 32. */
  readonly deliveries: readonly DeliveryRecord[];
  /** The ids of the rules that matched it. */
  readonly rules: readonly string[];
}

/** Which messages of the history; what is left out matches all. */
export interface HistoryQuery {
  /** Only those of this topic, to the letter. */
  topic?: string;
  /** Only those that this agent sent, was sent, or was handed. */
  agent?: string;
  /** Only those of this type. */
  type?: MessageType;
  /** Only those of this conversation. */
  correlationId?: string;
  /** Only those with this outcome. */
  outcome?: MessageOutcome;
  /** At most this many, newest first. */
  limit?: number;
}

/** How large a bus's store is. */
export interface StoreStats {
  /** What kind of store it is: `"sqlite"`. */
  readonly name: string;
  /** What it takes where it is kept, in bytes. */
  readonly bytes: number;
  /** Records in it. */
  readonly records: number;
  /** Ended messages that are not in it although `history.durable` is on, as it failed, or was too slow. */
  readonly historyLost: number;
}

/** What a bus has counted since it was made, and what it holds now. */
export interface BusStats {
  /** Messages accepted, replies included. */
  readonly totalMessages: number;
  /** Messages accepted that agents sent: all but replies. */
  readonly totalSent: number;
  /** Copies handed to a handler for the first time, and replies handed to their requester. */
  readonly totalDelivered: number;
  /** Copies that required an ack and got it. */
  readonly totalAcked: number;
  /** Copies given up because they were refused or failed; each left a dead letter. */
  readonly totalFailed: number;
  /** Copies, and messages on arrival, whose time to live had ended; each left a dead letter. */
  readonly totalExpired: number;
  /** Copies, and messages without a recipient, that were dropped: by a full mailbox, a rule, or for want of a subscriber. */
  readonly totalDropped: number;
  /** Copies handed out again. */
  readonly totalRedelivered: number;
  /** Sends refused with an error: malformed, without room, or while closing. */
  readonly totalRefused: number;
  /** Replies that came when nobody waited for them any more. */
  readonly lateReplies: number;
  /** Acks, nacks and rejects of a lease that had ended. */
  readonly staleSettlements: number;
  /** Connections that ended as their peer broke the protocol or was gone. */
  readonly connectionErrors: number;
  /** Accepted copies that are not finished. */
  readonly pendingMessages: number;
  /** Dead letters kept now. */
  readonly deadLetters: number;
  /** How large its store is; absent without one. */
  readonly store?: StoreStats;
  /** Accepted messages by topic; beyond 10,000 topics the rest is `(other)`. */
  readonly perTopic: Record<string, number>;
  /** Accepted messages by sender. */
  readonly perSender: Record<string, number>;
  /** Accepted messages by type. */
  readonly perType: Record<string, number>;
  /** From accept to the start of the handler, in milliseconds; within 3 %. */
  readonly latencyMs: {
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
    readonly max: number;
  };
}

/** How full the bus is. */
export interface BackpressureStats {
  /** Accepted, unfinished copies. */
  readonly pending: number;
  /** Their payloads together, in bytes. */
  readonly pendingBytes: number;
  /** Of `pending`, copies of messages whose rules' handlers still run. */
  readonly reserved: number;
  /** Senders that wait in line. */
  readonly waiting: number;
  /** The limit of `pending`. */
  readonly maxPending: number;
  /** The limit of `pendingBytes`. */
  readonly maxPendingBytes: number;
  /** Whether a sender would have to wait. */
  readonly saturated: boolean;
  /** Sends that had to wait. */
  readonly totalWaits: number;
  /** Sends refused after their wait. */
  readonly totalTimeouts: number;
  /** The most that was ever pending. */
  readonly peakPending: number;
}
