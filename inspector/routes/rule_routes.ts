import { type OpenAPIHono, z } from "@hono/zod-openapi";
import type { MessageRouter, RoutePlan, RoutingRuleInfo } from "../../mod.ts";
import type { InspectorEnv } from "../env.ts";
import { Problem } from "../problem.ts";
import type { RouteParts } from "../route_parts.ts";
import {
  RuleBodySchema,
  RuleInfoSchema,
  RulePatchSchema,
  RulePlanSchema,
  RuleProbeSchema,
  RuleSchema,
} from "../schemas.ts";
import { describe, json, jsonBody } from "./answers.ts";

const params = z.object({ id: z.string() });

const list = describe({
  method: "get",
  path: "/api/rules",
  summary: "Routing rules in the order they are tried, with what they matched",
  responses: { 200: json(z.array(RuleInfoSchema), "Every rule") },
});

const add = describe({
  method: "post",
  path: "/api/rules",
  summary: "Add a rule",
  request: { body: jsonBody(RuleSchema) },
  responses: {
    201: json(RuleInfoSchema, "The rule as it stands"),
  },
}, ["duplicate_rule"]);

const replace = describe({
  method: "put",
  path: "/api/rules/{id}",
  summary: "Change a rule; it keeps its count of matches",
  description: "A change that is refused leaves the rule as it was.",
  request: { params, body: jsonBody(RuleBodySchema) },
  responses: {
    200: json(RuleInfoSchema, "The rule as it stands"),
  },
}, ["not_found"]);

const probe = describe({
  method: "post",
  path: "/api/rules/match",
  summary: "Which rules a message would match, and what they would do",
  description: "Sends nothing, and counts nothing.",
  request: { body: jsonBody(RuleProbeSchema) },
  responses: {
    200: json(RulePlanSchema, "What the rules would do"),
  },
});

const change = describe({
  method: "patch",
  path: "/api/rules/{id}",
  summary: "Switch a rule on or off",
  request: { params, body: jsonBody(RulePatchSchema) },
  responses: {
    200: json(RuleInfoSchema, "The rule as it stands"),
  },
}, ["not_found"]);

const remove = describe({
  method: "delete",
  path: "/api/rules/{id}",
  summary: "Remove a rule",
  request: { params },
  responses: {
    204: { description: "It is gone" },
  },
}, ["not_found"]);

/** Adds the routes that show routing rules and change them. */
export function addRuleRoutes(
  app: OpenAPIHono<InspectorEnv>,
  { bus: { router } }: RouteParts,
): void {
  app.openapi(list, (c) => c.json(router.rules(), 200));
  app.openapi(probe, (c) => {
    const message = c.req.valid("json");
    c.set("action", "Asked which rules a message would match");
    return c.json(shownPlan(router.plan(message), message.priority), 200);
  });
  app.openapi(add, (c) => {
    const rule = c.req.valid("json");
    c.set("action", `Added rule ${rule.id}`);
    if (router.rule(rule.id)) {
      throw new Problem(
        "duplicate_rule",
        `Cannot add rule as there is one with this id: "${rule.id}"`,
      );
    }
    router.addRule(rule);
    return c.json(find(router, rule.id), 201);
  });
  app.openapi(replace, (c) => {
    const { id } = find(router, c.req.valid("param").id);
    c.set("action", `Changed rule ${id}`);
    router.replaceRule({ ...c.req.valid("json"), id });
    return c.json(find(router, id), 200);
  });
  app.openapi(change, (c) => {
    const { id } = find(router, c.req.valid("param").id);
    const { enabled } = c.req.valid("json");
    c.set("action", `Switched rule ${id} ${enabled ? "on" : "off"}`);
    router.setEnabled(id, enabled);
    return c.json(find(router, id), 200);
  });
  app.openapi(remove, (c) => {
    const { id } = find(router, c.req.valid("param").id);
    c.set("action", `Removed rule ${id}`);
    router.removeRule(id);
    return c.body(null, 204);
  });
}

function find(router: MessageRouter, id: string): RoutingRuleInfo {
  const rule = router.rule(id);
  if (rule) return rule;
  throw new Problem(
    "not_found",
    `Cannot find rule as there is none with this id: "${id}"`,
  );
}

/** A plan without its functions. */
function shownPlan(plan: RoutePlan | undefined, priority: number) {
  if (!plan) {
    return { rules: [], handlers: [], priority, forwards: [], republishes: [] };
  }
  const { handlers, ...rest } = plan;
  return { ...rest, handlers: handlers.map(({ name }) => name) };
}
