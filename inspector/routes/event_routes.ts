import { type OpenAPIHono, z } from "@hono/zod-openapi";
import type { InspectorEnv } from "../env.ts";
import type { RouteParts } from "../route_parts.ts";
import { describe } from "./answers.ts";

const events = describe({
  method: "get",
  path: "/api/events",
  summary: "What happens on the bus, as server-sent events",
  description:
    "Each event is one JSON object with its `type` and `at`. An event named `lost` " +
    "tells how many were left out because the reader was too slow, or because there were more " +
    "than 500 a second; `null` when that cannot be known.",
  request: {
    query: z.object({
      stats: z.enum(["true", "false"]).optional().openapi({
        description:
          "Send an event named `stats` with the bus's figures every second.",
      }),
      after: z.string().max(64).optional().openapi({
        description:
          "The id of the last event seen, to go on from; as the header `Last-Event-ID`.",
      }),
    }),
    headers: z.object({ "last-event-id": z.string().max(64).optional() }),
  },
  responses: {
    200: {
      description: "The stream",
      content: { "text/event-stream": { schema: z.string() } },
    },
  },
}, ["too_many_streams"]);

/** Adds the event stream. */
export function addEventRoutes(
  app: OpenAPIHono<InspectorEnv>,
  { feed }: RouteParts,
): void {
  app.openapi(events, (c) => {
    const { stats, after } = c.req.valid("query");
    // The header wins: a browser that connects again sends it by itself.
    const lastId = c.req.valid("header")["last-event-id"] ?? after;
    return feed.answer(c, { wantsStats: stats === "true", lastId });
  });
}
