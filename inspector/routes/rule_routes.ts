import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { MessageBus, RoutingRuleInfo } from "../../mod.ts";
import { Problem } from "../problem.ts";
import { RuleInfoSchema, RulePatchSchema, RuleSchema } from "../schemas.ts";
import { failure, json, jsonBody } from "./answers.ts";

const params = z.object({ id: z.string() });

const list = createRoute({
  method: "get",
  path: "/api/rules",
  summary: "Routing rules in the order they are tried, with what they matched",
  responses: { 200: json(z.array(RuleInfoSchema), "Every rule") },
});

const add = createRoute({
  method: "post",
  path: "/api/rules",
  summary: "Add a rule",
  request: { body: jsonBody(RuleSchema) },
  responses: {
    201: json(RuleInfoSchema, "The rule as it stands"),
    400: failure("The rule is not well-formed"),
    409: failure("There is a rule of this id"),
  },
});

const change = createRoute({
  method: "patch",
  path: "/api/rules/{id}",
  summary: "Switch a rule on or off",
  request: { params, body: jsonBody(RulePatchSchema) },
  responses: {
    200: json(RuleInfoSchema, "The rule as it stands"),
    400: failure("The change is not well-formed"),
    404: failure("There is no such rule"),
  },
});

const remove = createRoute({
  method: "delete",
  path: "/api/rules/{id}",
  summary: "Remove a rule",
  request: { params },
  responses: {
    204: { description: "It is gone" },
    404: failure("There is no such rule"),
  },
});

/** Adds the routes that show routing rules and change them. */
export function addRuleRoutes(app: OpenAPIHono, { router }: MessageBus): void {
  const find = (id: string): RoutingRuleInfo => {
    const rule = router.rules().find((known) => known.id === id);
    if (rule) return rule;
    throw new Problem(
      404,
      "not_found",
      `Cannot find rule as there is none with this id: "${id}"`,
    );
  };
  app.openapi(list, (c) => c.json(router.rules(), 200));
  app.openapi(add, (c) => {
    const rule = c.req.valid("json");
    if (router.rules().some(({ id }) => id === rule.id)) {
      throw new Problem(
        409,
        "duplicate_rule",
        `Cannot add rule as there is one with this id: "${rule.id}"`,
      );
    }
    router.addRule(rule);
    return c.json(find(rule.id), 201);
  });
  app.openapi(change, (c) => {
    const { id } = find(c.req.valid("param").id);
    router.setEnabled(id, c.req.valid("json").enabled);
    return c.json(find(id), 200);
  });
  app.openapi(remove, (c) => {
    const { id } = find(c.req.valid("param").id);
    router.removeRule(id);
    return c.body(null, 204);
  });
}
