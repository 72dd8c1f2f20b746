import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { MessageBus } from "../../mod.ts";
import { INSPECTOR_LIMITS } from "../inspector_limits.ts";
import { Problem } from "../problem.ts";
import {
  HistoryEntrySchema,
  MessageInitSchema,
  MessageQuerySchema,
  MessageSchema,
} from "../schemas.ts";
import { BRIEFLY, readPayload, shownEntry, shownMessage } from "../shown.ts";
import { failure, json, jsonBody } from "./answers.ts";

const list = createRoute({
  method: "get",
  path: "/api/messages",
  summary: "Messages the bus remembers, newest first",
  request: { query: MessageQuerySchema },
  responses: {
    200: json(
      z.array(HistoryEntrySchema),
      "Payloads over 16 KiB are named by their size only",
    ),
    400: failure("A part of the query is not well-formed"),
  },
});

const one = createRoute({
  method: "get",
  path: "/api/messages/{id}",
  summary: "One message, with its whole payload",
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: json(HistoryEntrySchema, "The message and what became of it"),
    404: failure("The bus does not remember it"),
  },
});

const conversation = createRoute({
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

const send = createRoute({
  method: "post",
  path: "/api/messages",
  summary: "Send a message; a request waits for its reply",
  request: { body: jsonBody(MessageInitSchema) },
  responses: {
    200: json(MessageSchema, "The reply to a request"),
    201: json(z.object({ id: z.string() }), "The id of the accepted message"),
    400: failure("The message is not well-formed"),
    404: failure("Nobody serves the recipient"),
    413: failure("The message is too large"),
    503: failure("The bus has no room, or closes"),
    504: failure("No reply came in time"),
  },
});

/** Adds the routes that show messages, and the one that sends them. */
export function addMessageRoutes(app: OpenAPIHono, bus: MessageBus): void {
  app.openapi(list, (c) => {
    const entries = bus.history(c.req.valid("query"));
    return c.json(entries.map((entry) => shownEntry(entry, BRIEFLY)), 200);
  });
  app.openapi(one, (c) => {
    const { id } = c.req.valid("param");
    const entry = bus.message(id);
    if (entry) return c.json(shownEntry(entry), 200);
    throw new Problem(
      404,
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
      entries.reverse().map((entry) => shownEntry(entry, BRIEFLY)),
      200,
    );
  });
  app.openapi(send, async (c) => {
    const { timeoutMs, payload, ...init } = c.req.valid("json");
    const message = { ...init, payload: readPayload(payload ?? null) };
    if (message.type !== "request") {
      return c.json({ id: await bus.send(message) }, 201);
    }
    // Ends by its timeout or by DELETE /api/requests, not by the caller's going
    // away: reading the request's signal makes Deno 2 print a warning.
    const reply = await bus.request(message, { timeoutMs });
    return c.json(shownMessage(reply), 200);
  });
}
