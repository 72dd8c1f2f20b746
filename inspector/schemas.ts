import { z } from "@hono/zod-openapi";
import { DEAD_LETTER_REASONS, MESSAGE_TYPES } from "../mod.ts";
import { INSPECTOR_LIMITS } from "./inspector_limits.ts";

/** How many entries of a list, newest first. */
const limit = z.coerce.number().int().min(1).max(
  INSPECTOR_LIMITS.maxListEntries,
)
  .default(INSPECTOR_LIMITS.defaultListEntries)
  .openapi({ description: "At most this many, newest first." });

const name = z.string().min(1).max(255);
const priority = z.number().int().min(0).max(100);
const pattern = z.string().min(1).max(255)
  .openapi({
    description:
      "Tokens joined by dots; * is one token, > at the end one or more.",
  });

/** An answer that says what went wrong. */
export const ErrorSchema = z.object({
  error: z.object({ code: z.string(), message: z.string() }),
}).openapi("Error");

/** A message; its payload is any JSON value, or `{ $binary, bytes }`. */
export const MessageSchema = z.object({
  id: z.string(),
  type: z.enum(MESSAGE_TYPES),
  sender: z.string(),
  recipient: z.string().optional(),
  topic: z.string().optional(),
  requestId: z.string().optional(),
  correlationId: z.string().optional(),
  payload: z.unknown(),
  priority: z.number(),
  timestamp: z.number(),
  ttlMs: z.number().optional(),
  attempt: z.number(),
  requiresAck: z.boolean(),
  headers: z.record(z.string(), z.string()).readonly().optional(),
}).readonly().openapi("Message");

/** A message with what became of it. */
export const HistoryEntrySchema = z.object({
  message: MessageSchema,
  outcome: z.enum([
    "pending",
    "delivered",
    "acked",
    "expired",
    "dead",
    "dropped",
  ]),
  deliveries: z.array(
    z.object({
      agent: z.string(),
      attempt: z.number(),
      startedAt: z.number(),
      endedAt: z.number().optional(),
      outcome: z.enum([
        "acked",
        "nacked",
        "rejected",
        "lease_ended",
        "returned",
      ]).optional(),
      error: z.string().optional(),
    }).readonly(),
  ).readonly(),
  rules: z.array(z.string()).readonly(),
}).readonly().openapi("HistoryEntry");

/** Which messages of the history. */
export const MessageQuerySchema = z.object({
  limit,
  topic: z.string().optional(),
  agent: z.string().optional(),
  type: z.enum(MESSAGE_TYPES).optional(),
  correlationId: z.string().optional(),
  outcome: z.enum([
    "pending",
    "delivered",
    "acked",
    "expired",
    "dead",
    "dropped",
  ]).optional(),
});

/** A message to send. */
export const MessageInitSchema = z.strictObject({
  type: z.enum(["direct", "publish", "request"]),
  sender: name.default("inspector"),
  recipient: name.optional(),
  topic: name.optional(),
  requestId: name.optional(),
  correlationId: name.optional(),
  payload: z.unknown().optional()
    .openapi({
      description:
        "Any JSON value, or {$binary: base64} for bytes; null when left out.",
    }),
  priority: priority.optional(),
  ttlMs: z.number().int().min(0).optional(),
  requiresAck: z.boolean().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  deduplicationId: name.optional(),
  timeoutMs: z.number().int().min(1).max(300_000).optional()
    .openapi({
      description: "Longest wait for the reply to a request, in milliseconds.",
    }),
}).openapi("MessageInit");

/** A message that could not be handled. */
export const DeadLetterSchema = z.object({
  id: z.string(),
  message: MessageSchema,
  reason: z.enum(DEAD_LETTER_REASONS),
  detail: z.string().optional(),
  attempts: z.number(),
  agent: z.string().optional(),
  failedAt: z.number(),
}).readonly().openapi("DeadLetter");

const letterFilter = {
  reason: z.enum(DEAD_LETTER_REASONS).optional(),
  agent: z.string().optional(),
  topic: z.string().optional(),
};

/** Which dead letters a list shows. */
export const DeadLetterQuerySchema = z.object({ ...letterFilter, limit });

/** Which dead letters to replay; what is left out matches all. */
export const ReplayQuerySchema = z.strictObject({
  ...letterFilter,
  limit: z.number().int().min(1).optional(),
}).openapi("DeadLetterQuery");

/** A routing rule to add. */
export const RuleSchema = z.strictObject({
  id: name,
  priority,
  enabled: z.boolean().optional(),
  match: z.strictObject({
    type: z.enum(MESSAGE_TYPES).optional(),
    sender: pattern.optional(),
    recipient: pattern.optional(),
    topic: pattern.optional(),
  }).optional(),
  handler: z.string().min(1).optional(),
  action: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("forward"), recipient: name }),
    z.strictObject({ kind: z.literal("republish"), topic: name }),
    z.strictObject({ kind: z.literal("set-priority"), priority }),
    z.strictObject({ kind: z.literal("drop") }),
    z.strictObject({
      kind: z.literal("dead-letter"),
      reason: z.string().min(1),
    }),
  ]).optional(),
  final: z.boolean().optional(),
}).openapi("RoutingRule");

/** A rule as it stands. */
export const RuleInfoSchema = RuleSchema.extend({
  enabled: z.boolean(),
  matches: z.number(),
}).openapi("RoutingRuleInfo");

/** What may be changed of a rule. */
export const RulePatchSchema = z.strictObject({ enabled: z.boolean() });

const counts = z.record(z.string(), z.number());

/** What the bus has counted, and what it holds. */
export const StatsSchema = z.object({
  name: z.string(),
  state: z.enum(["open", "draining", "closed"]),
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
  pendingMessages: z.number(),
  deadLetters: z.number(),
  perTopic: counts,
  perSender: counts,
  perType: counts,
  latencyMs: z.object({
    p50: z.number(),
    p90: z.number(),
    p99: z.number(),
    max: z.number(),
  }),
  backpressure: z.object({
    pending: z.number(),
    pendingBytes: z.number(),
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
