import { z } from "zod";

/** What an inspector says when it says no. */
export const ErrorAnswer = z.looseObject({
  error: z.looseObject({ code: z.string(), message: z.string() }),
});

const MessageAnswer = z.looseObject({
  id: z.string(),
  type: z.string(),
  sender: z.string(),
  recipient: z.string().optional(),
  topic: z.string().optional(),
  correlationId: z.string().optional(),
  payload: z.unknown(),
  priority: z.number(),
  timestamp: z.number(),
});

/** A message, as an inspector shows it. */
export type ShownMessage = z.infer<typeof MessageAnswer>;

/** A message with what became of it. */
export const EntryAnswer = z.looseObject({
  message: MessageAnswer,
  outcome: z.string(),
  deliveries: z.array(z.looseObject({
    agent: z.string(),
    attempt: z.number(),
    startedAt: z.number(),
    endedAt: z.number().optional(),
    outcome: z.string().optional(),
    error: z.string().optional(),
  })),
  rules: z.array(z.string()),
});

/** One of them. */
export type Entry = z.infer<typeof EntryAnswer>;

/** A message that could not be handled. */
export const LetterAnswer = z.looseObject({
  id: z.string(),
  message: MessageAnswer,
  reason: z.string(),
  detail: z.string().optional(),
  attempts: z.number(),
  agent: z.string().optional(),
  failedAt: z.number(),
});

/** One of them. */
export type Letter = z.infer<typeof LetterAnswer>;

/** An agent. */
export const AgentAnswer = z.looseObject({
  name: z.string(),
  instances: z.number(),
  mailboxDepth: z.number(),
  inFlight: z.number(),
  lastSeen: z.number(),
  durable: z.boolean(),
  subscriptions: z.array(z.looseObject({
    pattern: z.string(),
    queue: z.string().optional(),
    mailboxDepth: z.number(),
  })),
});

/** One of them. */
export type AgentShown = z.infer<typeof AgentAnswer>;

/** A topic or pattern. */
export const TopicAnswer = z.looseObject({
  topic: z.string(),
  subscribers: z.array(z.string()),
  messages: z.number(),
});

/** One of them. */
export type Topic = z.infer<typeof TopicAnswer>;

/** A routing rule as it stands. */
export const RuleAnswer = z.looseObject({
  id: z.string(),
  priority: z.number(),
  enabled: z.boolean(),
  matches: z.number(),
  match: z.looseObject({}).optional(),
  handler: z.string().optional(),
  action: z.looseObject({ kind: z.string() }).optional(),
  final: z.boolean().optional(),
});

/** One of them. */
export type Rule = z.infer<typeof RuleAnswer>;

/** The figures of one moment. */
export const StatsAnswer = z.looseObject({
  name: z.string(),
  state: z.string(),
  uptimeMs: z.number(),
  totalMessages: z.number(),
  totalSent: z.number(),
  totalDelivered: z.number(),
  totalAcked: z.number(),
  totalFailed: z.number(),
  totalExpired: z.number(),
  totalDropped: z.number(),
  totalRedelivered: z.number(),
  totalRefused: z.number(),
  pendingMessages: z.number(),
  deadLetters: z.number(),
  perTopic: z.record(z.string(), z.number()),
  latencyMs: z.looseObject({
    p50: z.number(),
    p90: z.number(),
    p99: z.number(),
    max: z.number(),
  }),
  backpressure: z.looseObject({
    pending: z.number(),
    waiting: z.number(),
    maxPending: z.number(),
    saturated: z.boolean(),
    peakPending: z.number(),
  }),
  store: z.looseObject({
    name: z.string(),
    bytes: z.number(),
    records: z.number(),
  }).optional(),
});

/** Those. */
export type Stats = z.infer<typeof StatsAnswer>;
