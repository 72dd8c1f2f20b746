import { z } from "@hono/zod-openapi";
import { DEAD_LETTER_REASONS } from "../mod.ts";
import { INSPECTOR_LIMITS } from "./inspector_limits.ts";
import { MessageSchema } from "./schemas.ts";

const fingerprint = z.string().regex(/^[0-9a-f]{12}$/);
const filter = {
  reason: z.enum(DEAD_LETTER_REASONS).optional(),
  agent: z.string().optional(),
  topic: z.string().optional(),
  fingerprint: fingerprint.optional().openapi({
    description: "Only those that failed in this way.",
  }),
};

/** A message that could not be handled. */
export const DeadLetterSchema = z.object({
  id: z.string(),
  message: MessageSchema,
  reason: z.enum(DEAD_LETTER_REASONS),
  detail: z.string().optional(),
  attempts: z.number(),
  agent: z.string().optional(),
  failedAt: z.number(),
  fingerprint: fingerprint.openapi({
    description: "Letters that failed in the same way have the same.",
  }),
}).readonly().openapi("DeadLetter");

/** Which dead letters a list shows. */
export const DeadLetterQuerySchema = z.object({
  ...filter,
  limit: z.coerce.number().int().min(1).max(INSPECTOR_LIMITS.maxListEntries)
    .default(INSPECTOR_LIMITS.defaultListEntries)
    .openapi({ description: "At most this many, newest first." }),
});

/** Which dead letters something is done to; what is left out matches all. */
export const LetterFilterSchema = z.strictObject({
  ...filter,
  limit: z.number().int().min(1).optional(),
}).openapi("DeadLetterQuery");

/** Which dead letters are replayed in steps. */
export const StepsSchema = z.strictObject({
  ...filter,
  sizes: z.array(
    z.number().int().min(1).max(INSPECTOR_LIMITS.maxStepLetters),
  ).max(10).default([1, 10]).openapi({
    description: "How many letters each step replays; the last one, the rest.",
  }),
}).openapi("ReplaySteps");

/** What came of a replay in steps. */
export const ReplayReportSchema = z.object({
  steps: z.array(z.object({
    size: z.number(),
    handled: z.number(),
    failed: z.number(),
    open: z.number(),
  })).readonly(),
  stopped: z.enum(["failed", "open"]).optional(),
  left: z.number(),
}).openapi("ReplayReport");

/** What a letter's message is changed to before it is sent. */
export const EditSchema = z.strictObject({
  payload: z.unknown(),
  discardOriginal: z.boolean().default(false),
}).openapi("EditedMessage");

/** Dead letters that failed in the same way. */
export const LetterGroupSchema = z.object({
  fingerprint: z.string(),
  reason: z.enum(DEAD_LETTER_REASONS),
  agent: z.string().optional(),
  error: z.string().optional(),
  count: z.number(),
  perMinute: z.number(),
  recent: z.array(z.number()),
  firstAt: z.number(),
  lastAt: z.number(),
  latestId: z.string(),
  topics: z.array(z.string()),
}).openapi("DeadLetterGroup");
