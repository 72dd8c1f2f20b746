import { z } from "@hono/zod-openapi";
import { MESSAGE_TYPES } from "../mod.ts";
import { FAILURE_CODES } from "./failures.ts";
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
  error: z.object({ code: z.enum(FAILURE_CODES), message: z.string() }),
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
  q: z.string().max(255).optional().openapi({
    description:
      "A text that the payload, its first 16 KiB, or any field has, whatever its case.",
  }),
  before: z.string().max(64).optional().openapi({
    description: "Only messages that are older than the one with this id.",
  }),
  payloadBytes: z.coerce.number().int().min(0).max(
    INSPECTOR_LIMITS.maxShownBytes,
  ).default(INSPECTOR_LIMITS.maxShownBytes).openapi({
    description: "Payloads over this many bytes are named by their size only.",
  }),
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

const ruleBody = {
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
};

/** A routing rule to add. */
export const RuleSchema = z.strictObject({ id: name, ...ruleBody })
  .openapi("RoutingRule");

/** What a rule is changed to. */
export const RuleBodySchema = z.strictObject(ruleBody)
  .openapi("RoutingRuleBody");

/** A message that rules are asked about. */
export const RuleProbeSchema = z.strictObject({
  type: z.enum(MESSAGE_TYPES).default("direct"),
  sender: name,
  recipient: name.optional(),
  topic: name.optional(),
  priority: priority.default(50),
}).openapi("RuleProbe");

/** What the rules would do with a message. */
export const RulePlanSchema = z.object({
  rules: z.array(z.string()).readonly(),
  handlers: z.array(z.string()),
  priority: z.number(),
  forwards: z.array(z.string()).readonly(),
  republishes: z.array(z.string()).readonly(),
  end: z.object({
    kind: z.enum(["drop", "dead-letter"]),
    ruleId: z.string(),
    reason: z.string().optional(),
  }).optional(),
}).openapi("RulePlan");

/** A rule as it stands. */
export const RuleInfoSchema = RuleSchema.extend({
  enabled: z.boolean(),
  matches: z.number(),
}).openapi("RoutingRuleInfo");

/** What may be changed of a rule. */
export const RulePatchSchema = z.strictObject({ enabled: z.boolean() });
