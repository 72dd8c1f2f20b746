import { type OpenAPIHono, z } from "@hono/zod-openapi";
import type { InspectorEnv } from "../env.ts";
import type { RouteParts } from "../route_parts.ts";
import { AuditEntrySchema } from "../state_schemas.ts";
import { describe, json } from "./answers.ts";

const list = describe({
  method: "get",
  path: "/api/audit",
  summary: "What was changed through the inspector, newest first",
  responses: {
    200: json(z.array(AuditEntrySchema), "The last 500; gone with the process"),
  },
});

/** Adds the list of what was changed, by whom. */
export function addAuditRoutes(
  app: OpenAPIHono<InspectorEnv>,
  { audit }: RouteParts,
): void {
  app.openapi(list, (c) => c.json(audit.entries(), 200));
}
