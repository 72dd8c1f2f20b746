import { type OpenAPIHono, z } from "@hono/zod-openapi";
import type { InspectorEnv } from "../env.ts";
import { metricsText } from "../metrics.ts";
import { Problem } from "../problem.ts";
import type { RouteParts } from "../route_parts.ts";
import { describe, json } from "./answers.ts";

const health = describe({
  method: "get",
  path: "/healthz",
  summary: "Whether the process answers; the one route that needs no token",
  security: [],
  responses: { 200: json(z.object({ status: z.literal("ok") }), "It does") },
});

const readiness = describe({
  method: "get",
  path: "/readyz",
  summary:
    "Whether the bus takes messages in now, and keeps those that are to be kept",
  responses: {
    200: json(z.object({ status: z.literal("ready") }), "It does"),
  },
}, ["not_ready"]);

const metrics = describe({
  method: "get",
  path: "/metrics",
  summary: "The figures in Prometheus's text format",
  responses: {
    200: {
      description: "At most 100 topics and 100 agents are named",
      content: { "text/plain": { schema: z.string() } },
    },
  },
});

const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Adds the routes that programs watch a bus by. */
export function addHealthRoutes(
  app: OpenAPIHono<InspectorEnv>,
  { bus, source }: RouteParts,
): void {
  app.openapi(health, (c) => c.json({ status: "ok" as const }, 200));
  app.openapi(readiness, (c) => {
    const { saturated } = bus.backpressure.snapshot();
    const problem = bus.health.problem ??
      (saturated ? "the bus is full" : undefined);
    if (problem === undefined) return c.json({ status: "ready" as const }, 200);
    throw new Problem(
      "not_ready",
      `Cannot take messages in as the bus must be ready: ${problem}`,
    );
  });
  app.openapi(metrics, (c) => {
    return c.text(metricsText(bus, source.full()), 200, {
      "Content-Type": METRICS_TYPE,
    });
  });
}
