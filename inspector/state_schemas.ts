import { z } from "@hono/zod-openapi";

const counts = z.record(z.string(), z.number());

const latencyMs = z.object({
  p50: z.number(),
  p90: z.number(),
  p99: z.number(),
  max: z.number(),
});

/** What the bus has counted, and what it holds. */
export const StatsSchema = z.object({
  name: z.string(),
  state: z.enum(["open", "draining", "closed"]),
  health: z.object({ ready: z.boolean(), problem: z.string().optional() })
    .readonly(),
  version: z.string(),
  lostEvents: z.number(),
  uptimeMs: z.number().openapi({
    description: "Since the inspector was made.",
  }),
  totalMessages: z.number(),
  totalSent: z.number(),
  totalDelivered: z.number(),
  totalAcked: z.number(),
  totalFailed: z.number(),
  totalExpired: z.number(),
  totalDropped: z.number(),
  totalRedelivered: z.number(),
  totalRefused: z.number(),
  lateReplies: z.number(),
  staleSettlements: z.number(),
  connectionErrors: z.number(),
  pendingMessages: z.number(),
  deadLetters: z.number(),
  store: z.object({
    name: z.string(),
    bytes: z.number(),
    records: z.number(),
    historyLost: z.number(),
  }).readonly().optional().openapi({ description: "Absent without a store." }),
  perTopic: counts,
  perSender: counts,
  perType: counts,
  latencyMs,
  backpressure: z.object({
    pending: z.number(),
    pendingBytes: z.number(),
    reserved: z.number(),
    waiting: z.number(),
    maxPending: z.number(),
    maxPendingBytes: z.number(),
    saturated: z.boolean(),
    totalWaits: z.number(),
    totalTimeouts: z.number(),
    peakPending: z.number(),
  }),
}).openapi("Stats");

/** An agent. */
export const AgentSchema = z.object({
  name: z.string(),
  instances: z.number(),
  mailboxDepth: z.number(),
  inFlight: z.number(),
  lastSeen: z.number(),
  durable: z.boolean(),
  subscriptions: z.array(
    z.object({
      pattern: z.string(),
      queue: z.string().optional(),
      mailboxDepth: z.number(),
    }).readonly(),
  ).readonly(),
}).readonly().openapi("AgentInfo");

/** A topic, with who would get a publish now. */
export const TopicSchema = z.object({
  topic: z.string(),
  subscribers: z.array(z.string()).readonly(),
  messages: z.number(),
}).readonly().openapi("TopicInfo");

/** Somebody who waits for a reply. */
export const PendingRequestSchema = z.object({
  requestId: z.string(),
  messageId: z.string(),
  sender: z.string(),
  recipient: z.string(),
  topic: z.string().optional(),
  correlationId: z.string().optional(),
  startedAt: z.number(),
  deadlineAt: z.number(),
  state: z.enum(["queued", "in_progress"]),
}).readonly().openapi("PendingRequest");

/** The figures of one second. */
export const PulseSchema = StatsSchema.omit({
  perTopic: true,
  perSender: true,
  perType: true,
}).extend({
  at: z.number(),
  pendingRequests: z.number(),
  recentLatencyMs: latencyMs,
}).openapi("Pulse");

/** Who talks to whom. */
export const TrafficSchema = z.object({
  spanMs: z.number().openapi({
    description: "How long the time is that was looked at.",
  }),
  messages: z.number(),
  agents: z.array(z.object({
    name: z.string(),
    sent: z.number(),
    handled: z.number(),
    failed: z.number(),
    ended: z.number(),
    busyMs: z.number(),
  })).readonly(),
  links: z.array(z.object({
    from: z.string(),
    to: z.string(),
    messages: z.number(),
    failed: z.number(),
    replies: z.number(),
  })).readonly(),
  unserved: z.array(z.object({
    kind: z.enum(["agent", "topic"]),
    name: z.string(),
    messages: z.number(),
    senders: z.array(z.string()),
    lastAt: z.number(),
  })).readonly(),
  refused: z.array(z.object({ name: z.string(), requests: z.number() }))
    .readonly().openapi({
      description:
        "Requests since the bus was made to names that nobody serves, then or now.",
    }),
}).openapi("Traffic");

/** One attempt to change something. */
export const AuditEntrySchema = z.object({
  at: z.number(),
  actor: z.string(),
  action: z.string(),
  status: z.number(),
}).readonly().openapi("AuditEntry");
