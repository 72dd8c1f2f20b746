import { type OpenAPIHono, z } from "@hono/zod-openapi";
import type { InspectorEnv } from "../env.ts";
import { INSPECTOR_LIMITS } from "../inspector_limits.ts";
import { searchMessages } from "../message_search.ts";
import { Problem } from "../problem.ts";
import type { RouteParts } from "../route_parts.ts";
import {
  HistoryEntrySchema,
  MessageInitSchema,
  MessageQuerySchema,
  MessageSchema,
} from "../schemas.ts";
import { SEND_FAILURES, sendMessage } from "../send_message.ts";
import { BRIEFLY, readPayload } from "../shown.ts";
import { describe, json, jsonBody } from "./answers.ts";

const list = describe({
  method: "get",
  path: "/api/messages",
  summary: "Messages the bus remembers, newest first",
  request: { query: MessageQuerySchema },
  responses: {
    200: json(
      z.array(HistoryEntrySchema),
      "Payloads over 16 KiB are named by their size only",
    ),
  },
});

const one = describe({
  method: "get",
  path: "/api/messages/{id}",
  summary: "One message, with its whole payload",
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: json(HistoryEntrySchema, "The message and what became of it"),
  },
}, ["not_found"]);

const conversation = describe({
  method: "get",
  path: "/api/conversations/{correlationId}",
  summary: "The messages of one conversation, oldest first",
  request: { params: z.object({ correlationId: z.string() }) },
  responses: {
    200: json(
      z.array(HistoryEntrySchema),
      "The latest 1,000; none if it is unknown",
    ),
  },
});

const send = describe({
  method: "post",
  path: "/api/messages",
  summary: "Send a message; a request waits for its reply",
  request: { body: jsonBody(MessageInitSchema) },
  responses: {
    200: json(MessageSchema, "The reply to a request"),
    201: json(z.object({ id: z.string() }), "The id of the accepted message"),
  },
}, SEND_FAILURES);

/** Adds the routes that show messages, and the one that sends them. */
export function addMessageRoutes(
  app: OpenAPIHono<InspectorEnv>,
  { bus, clock, display }: RouteParts,
): void {
  app.openapi(list, async (c) => {
    const { payloadBytes: maxBytes, ...query } = c.req.valid("query");
    const entries = await searchMessages(bus, query, { display, clock });
    return c.json(
      entries.map((entry) => display.entry(entry, { maxBytes })),
      200,
    );
  });
  app.openapi(one, (c) => {
    const { id } = c.req.valid("param");
    const entry = bus.message(id);
    if (entry) return c.json(display.entry(entry), 200);
    throw new Problem(
      "not_found",
      `Cannot show message as the history does not have it: "${id}"`,
    );
  });
  app.openapi(conversation, (c) => {
    const { correlationId } = c.req.valid("param");
    const entries = bus.history({
      correlationId,
      limit: INSPECTOR_LIMITS.maxListEntries,
    });
    return c.json(
      entries.reverse().map((entry) => display.entry(entry, BRIEFLY)),
      200,
    );
  });
  app.openapi(send, async (c) => {
    const { payload, ...init } = c.req.valid("json");
    const to = init.recipient ?? init.topic ?? "everybody";
    c.set("action", `Sent a ${init.type} message as ${init.sender} to ${to}`);
    const message = { ...init, payload: readPayload(payload ?? null) };
    const sent = await sendMessage(bus, message);
    return "id" in sent
      ? c.json(sent, 201)
      : c.json(display.message(sent.reply), 200);
  });
}
