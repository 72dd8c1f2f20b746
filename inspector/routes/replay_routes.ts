import { type OpenAPIHono, z } from "@hono/zod-openapi";
import type { DeadLetter, MessageBus } from "../../mod.ts";
import type { InspectorEnv } from "../env.ts";
import { INSPECTOR_LIMITS } from "../inspector_limits.ts";
import { chosenLetters } from "../letter_choice.ts";
import {
  EditSchema,
  LetterFilterSchema,
  ReplayReportSchema,
  StepsSchema,
} from "../letter_schemas.ts";
import { Problem } from "../problem.ts";
import { replayInSteps } from "../replay_steps.ts";
import type { RouteParts } from "../route_parts.ts";
import { MessageSchema } from "../schemas.ts";
import { SEND_FAILURES, sendMessage } from "../send_message.ts";
import { readPayload } from "../shown.ts";
import { describe, json, jsonBody } from "./answers.ts";
import { missingLetter } from "./dead_letter_routes.ts";

const params = z.object({ id: z.string() });

/** How the replay of one letter ends when the bus does not take its message. */
const REPLAY_FAILURES = [
  "too_large",
  "expired",
  "backpressure_timeout",
  "overflow",
  "cancelled",
  "routing_failed",
  "rejected",
  "storage",
  "closed",
] as const;

const replayMany = describe({
  method: "post",
  path: "/api/dead-letters/replay",
  summary: "Send the messages of the matching letters again, oldest first",
  request: { body: jsonBody(LetterFilterSchema) },
  responses: {
    200: json(z.object({ replayed: z.number() }), "How many the bus has taken"),
  },
});

const inSteps = describe({
  method: "post",
  path: "/api/dead-letters/replay-in-steps",
  summary:
    "Send the matching letters again: one, ten, the rest; stop when one fails",
  description:
    "Oldest first, at most 1,000. After each step the messages are waited for, 10 s at most; " +
    "a step in which one fails again, or is not finished by then, is the last.",
  request: { body: jsonBody(StepsSchema) },
  responses: {
    200: json(ReplayReportSchema, "What came of each step"),
  },
});

const replay = describe({
  method: "post",
  path: "/api/dead-letters/{id}/replay",
  summary: "Send a letter's message again",
  description: "A letter whose message the bus does not take stays.",
  request: { params },
  responses: {
    200: json(z.object({ id: z.string() }), "The message's id"),
  },
}, ["not_found", ...REPLAY_FAILURES]);

const edit = describe({
  method: "post",
  path: "/api/dead-letters/{id}/send-edited",
  summary: "Send a letter's message with another payload, as a new message",
  description:
    "In the name of its sender, with its conversation; the letter stays unless `discardOriginal` says otherwise.",
  request: { params, body: jsonBody(EditSchema) },
  responses: {
    200: json(MessageSchema, "The reply, if the message is a request"),
    201: json(z.object({ id: z.string() }), "The id of the new message"),
  },
}, ["not_found", "not_sendable", "payload_redacted", ...SEND_FAILURES]);

/** Adds the routes that send dead letters again. */
export function addReplayRoutes(
  app: OpenAPIHono<InspectorEnv>,
  { bus, clock, display }: RouteParts,
): void {
  const { deadLetters } = bus;
  app.openapi(replayMany, async (c) => {
    const replayed = await replayEach(
      bus,
      chosenLetters(deadLetters, c.req.valid("json")).reverse(),
    );
    c.set("action", `Replayed ${replayed} dead letters`);
    return c.json({ replayed }, 200);
  });
  app.openapi(inSteps, async (c) => {
    const { sizes, ...choice } = c.req.valid("json");
    const letters = chosenLetters(deadLetters, choice).reverse()
      .slice(0, INSPECTOR_LIMITS.maxStepLetters);
    c.set("action", `Replayed ${letters.length} dead letters in steps`);
    return c.json(await replayInSteps(bus, letters, { sizes, clock }), 200);
  });
  app.openapi(replay, async (c) => {
    const { id } = c.req.valid("param");
    c.set("action", `Replayed dead letter ${id}`);
    if (!deadLetters.get(id)) throw missingLetter("replay", id);
    return c.json({ id: await deadLetters.replay(id) }, 200);
  });
  app.openapi(edit, async (c) => {
    const { id } = c.req.valid("param");
    const { payload, discardOriginal } = c.req.valid("json");
    c.set("action", `Sent dead letter ${id} with another payload`);
    const letter = deadLetters.get(id);
    if (!letter) throw missingLetter("send", id);
    checkWhole(display.redaction.isIncomplete(payload));
    const sent = await sendMessage(
      bus,
      editedMessage(letter, readPayload(payload ?? null)),
    );
    if (discardOriginal) deadLetters.discard(id);
    return "id" in sent
      ? c.json(sent, 201)
      : c.json(display.message(sent.reply), 200);
  });
}

async function replayEach(
  { deadLetters }: MessageBus,
  letters: readonly DeadLetter[],
): Promise<number> {
  let replayed = 0;
  for (const { id } of letters) {
    try {
      await deadLetters.replay(id);
      replayed++;
    } catch {
      // The letter stays, with its reason: that is the record of the failure.
    }
  }
  return replayed;
}

/** A new message like the letter's; the bus gives it an id and a request id of its own. */
function editedMessage({ message }: DeadLetter, payload: unknown) {
  const { type, sender, recipient, topic, correlationId } = message;
  if (type !== "direct" && type !== "publish" && type !== "request") {
    throw new Problem(
      "not_sendable",
      `Cannot send message as its type must be one that people send: current value is "${type}"`,
    );
  }
  const { priority, ttlMs, requiresAck, headers } = message;
  return {
    ...{ type, sender, payload, priority, requiresAck },
    ...(recipient === undefined ? {} : { recipient }),
    ...(topic === undefined ? {} : { topic }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(ttlMs === undefined ? {} : { ttlMs }),
    ...(headers === undefined ? {} : { headers }),
  };
}

function checkWhole(isIncomplete: boolean): void {
  if (!isIncomplete) return;
  throw new Problem(
    "payload_redacted",
    "Cannot send payload as a field of it must be filled in: it is hidden",
  );
}
