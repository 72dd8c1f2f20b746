import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { EventFeed } from "../event_feed.ts";
import { failure } from "./answers.ts";

const events = createRoute({
  method: "get",
  path: "/api/events",
  summary: "What happens on the bus, as server-sent events",
  description:
    "Each event is one JSON object with its `type` and `at`. An event named `lost` " +
    "tells how many were left out because the reader was too slow, or because there were more " +
    "than 500 a second.",
  request: {
    query: z.object({
      stats: z.enum(["true", "false"]).optional().openapi({
        description:
          "Send an event named `stats` with the bus's figures every second.",
      }),
    }),
  },
  responses: {
    200: {
      description: "The stream",
      content: { "text/event-stream": { schema: z.string() } },
    },
    503: failure("Too many streams are open"),
  },
});

/** Adds the event stream. */
export function addEventRoutes(app: OpenAPIHono, feed: EventFeed): void {
  app.openapi(events, (c) => {
    const wantsStats = c.req.valid("query").stats === "true";
    return feed.answer(c, { wantsStats });
  });
}
