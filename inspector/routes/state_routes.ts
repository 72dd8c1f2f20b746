import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { MessageBus } from "../../mod.ts";
import type { StatsSource } from "../stats_source.ts";
import { Problem } from "../problem.ts";
import {
  AgentSchema,
  PendingRequestSchema,
  StatsSchema,
  TopicSchema,
} from "../schemas.ts";
import { failure, json } from "./answers.ts";

const stats = createRoute({
  method: "get",
  path: "/api/stats",
  summary: "What the bus has counted, and how full it is",
  responses: { 200: json(StatsSchema, "The figures of one moment") },
});

const agents = createRoute({
  method: "get",
  path: "/api/agents",
  summary: "Who is there",
  responses: { 200: json(z.array(AgentSchema), "Every agent the bus knows") },
});

const topics = createRoute({
  method: "get",
  path: "/api/topics",
  summary: "Topics, and who would get a publish now",
  responses: { 200: json(z.array(TopicSchema), "Every topic the bus counts") },
});

const requests = createRoute({
  method: "get",
  path: "/api/requests",
  summary: "Who waits for a reply",
  responses: {
    200: json(z.array(PendingRequestSchema), "Requests without a reply yet"),
  },
});

const cancel = createRoute({
  method: "delete",
  path: "/api/requests/{id}",
  summary: "Cancel a request",
  request: { params: z.object({ id: z.string() }) },
  responses: {
    204: {
      description: "The requester was told, and the responder's signal aborted",
    },
    404: failure("Nobody waits for a reply to this request"),
  },
});

/** Adds the routes that show what a bus is doing. */
export function addStateRoutes(
  app: OpenAPIHono,
  bus: MessageBus,
  source: StatsSource,
): void {
  app.openapi(stats, (c) => c.json(source.full(), 200));
  app.openapi(agents, (c) => c.json(bus.agents(), 200));
  app.openapi(topics, (c) => c.json(bus.topics(), 200));
  app.openapi(requests, (c) => c.json(bus.requests.pending(), 200));
  app.openapi(cancel, (c) => {
    const { id } = c.req.valid("param");
    if (bus.requests.cancel(id)) return c.body(null, 204);
    throw new Problem(
      404,
      "not_found",
      `Cannot cancel request as nobody waits for it: "${id}"`,
    );
  });
}
