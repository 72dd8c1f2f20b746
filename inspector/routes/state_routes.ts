import { type OpenAPIHono, z } from "@hono/zod-openapi";
import type { InspectorEnv } from "../env.ts";
import { Problem } from "../problem.ts";
import type { RouteParts } from "../route_parts.ts";
import {
  AgentSchema,
  PendingRequestSchema,
  PulseSchema,
  StatsSchema,
  TopicSchema,
  TrafficSchema,
} from "../state_schemas.ts";
import { trafficOf } from "../traffic.ts";
import { describe, json } from "./answers.ts";

const stats = describe({
  method: "get",
  path: "/api/stats",
  summary: "What the bus has counted, and how full it is",
  responses: { 200: json(StatsSchema, "The figures of one moment") },
});

const pulses = describe({
  method: "get",
  path: "/api/pulses",
  summary: "The figures of the last seconds in which somebody watched",
  responses: {
    200: json(
      z.array(PulseSchema),
      "Oldest first, a quarter of an hour at most",
    ),
  },
});

const traffic = describe({
  method: "get",
  path: "/api/traffic",
  summary: "Who talks to whom, and what nobody serves",
  request: {
    query: z.object({
      seconds: z.coerce.number().int().min(1).max(3_600).default(60)
        .openapi({ description: "How far back, in seconds." }),
    }),
  },
  responses: {
    200: json(TrafficSchema, "Counted from the latest 2,000 messages at most"),
  },
});

const agents = describe({
  method: "get",
  path: "/api/agents",
  summary: "Who is there",
  responses: { 200: json(z.array(AgentSchema), "Every agent the bus knows") },
});

const topics = describe({
  method: "get",
  path: "/api/topics",
  summary: "Topics, and who would get a publish now",
  responses: { 200: json(z.array(TopicSchema), "Every topic the bus counts") },
});

const requests = describe({
  method: "get",
  path: "/api/requests",
  summary: "Who waits for a reply",
  responses: {
    200: json(z.array(PendingRequestSchema), "Requests without a reply yet"),
  },
});

const cancel = describe({
  method: "delete",
  path: "/api/requests/{id}",
  summary: "Cancel a request",
  request: { params: z.object({ id: z.string() }) },
  responses: {
    204: {
      description: "The requester was told, and the responder's signal aborted",
    },
  },
}, ["not_found"]);

/** Adds the routes that show what a bus is doing. */
export function addStateRoutes(
  app: OpenAPIHono<InspectorEnv>,
  { bus, clock, source }: RouteParts,
): void {
  app.openapi(stats, (c) => c.json(source.full(), 200));
  app.openapi(pulses, (c) => c.json([...source.pulses()], 200));
  app.openapi(traffic, (c) => {
    const windowMs = c.req.valid("query").seconds * 1_000;
    return c.json(trafficOf(bus, { now: clock.now(), windowMs }), 200);
  });
  app.openapi(agents, (c) => c.json(bus.agents(), 200));
  app.openapi(topics, (c) => c.json(bus.topics(), 200));
  app.openapi(requests, (c) => c.json(bus.requests.pending(), 200));
  app.openapi(cancel, (c) => {
    const { id } = c.req.valid("param");
    c.set("action", `Cancelled request ${id}`);
    if (bus.requests.cancel(id)) return c.body(null, 204);
    throw new Problem(
      "not_found",
      `Cannot cancel request as nobody waits for it: "${id}"`,
    );
  });
}
