import { z } from "zod";
import { RuleSchema } from "./rule_schema.ts";
import { strict, whole } from "./strict.ts";

/** What the bus can count to. */
const MAX_COUNT = 100_000_000;
const MAX_MS = 2 ** 31 - 1;
const counting = whole(1, MAX_COUNT);
const millis = whole(0, MAX_MS);
const age = whole(1, Number.MAX_SAFE_INTEGER);
const path = z.string().min(1, "it is empty");

const LimitsSchema = strict({
  maxMessageBytes: whole(1, 2 ** 31 - 1).optional(),
  requestTimeoutMs: whole(1, MAX_MS).optional(),
  backpressure: strict({
    maxPending: counting.optional(),
    maxPendingBytes: whole(1, Number.MAX_SAFE_INTEGER).optional(),
    waitMs: millis.optional(),
    timeoutMs: millis.optional(),
  }).optional(),
  delivery: strict({
    ackTimeoutMs: whole(1, MAX_MS).optional(),
    maxAttempts: counting.optional(),
    agingStepMs: whole(1, MAX_MS).optional(),
  }).optional(),
  mailbox: strict({
    maxMessages: counting.optional(),
    overflow: z.enum(["wait", "reject", "drop-oldest", "drop-newest"])
      .optional(),
  }).optional(),
  deadLetters: strict({
    maxEntries: counting.optional(),
    maxAgeMs: age.optional(),
    whenFull: z.enum(["stop", "evict-oldest"]).optional(),
  }).optional(),
  history: z.union([
    z.literal(false),
    strict({
      maxEntries: whole(0, MAX_COUNT).optional(),
      maxAgeMs: age.optional(),
      durable: z.boolean().optional(),
    }),
  ], "it must be false, or { maxEntries, maxAgeMs, durable }").optional(),
  connections: strict({
    maxConnections: counting.optional(),
    handshakeTimeoutMs: whole(1, MAX_MS).optional(),
    heartbeatMs: whole(1, MAX_MS).optional(),
    reconnectGraceMs: millis.optional(),
  }).optional(),
});

/** What a file of settings may say. */
export const ServeSchema = strict({
  name: z.string().min(1, "it is empty").optional(),
  socket: path.optional(),
  socketMode: z.string().regex(
    /^0?[0-7]{3}$/,
    'it must be three octal digits in quotes, such as "600"',
  ).optional(),
  store: path.optional(),
  inspector: z.union([
    z.literal(false),
    strict({
      port: whole(0, 65_535).optional(),
      hostname: z.string().min(1, "it is empty").optional(),
      allowedHosts: z.array(z.string()).optional(),
    }),
  ], "it must be false, or { port, hostname, allowedHosts }").optional(),
  limits: LimitsSchema.optional(),
  rules: z.array(RuleSchema).optional(),
});

/** Settings of `busbar serve`. */
export type ServeSettings = z.infer<typeof ServeSchema>;
