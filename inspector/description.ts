import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { sessionCookieName } from "./access.tsx";
import type { InspectorEnv } from "./env.ts";
import { VERSION } from "./version.ts";

/** Options of {@linkcode addDescription}. */
export interface DescriptionOptions {
  /** Path below which everything is served. */
  basePath: string;
  /** Whether requests must show a token. */
  asksForToken: boolean;
}

/** Adds `/openapi.json`, which says of every route what it takes and answers, and what opens it. */
export function addDescription(
  app: OpenAPIHono<InspectorEnv>,
  { basePath, asksForToken }: DescriptionOptions,
): void {
  app.get(`${basePath}/openapi.json`, (c) => {
    const { components, ...described } = app.getOpenAPI31Document({
      openapi: "3.1.0",
      info: { title: "Busbar inspector", version: VERSION },
      security: asksForToken ? [{ token: [] }, { session: [] }] : [],
    });
    return c.json({
      ...described,
      components: { ...components, securitySchemes: securitySchemes(c) },
    });
  });
}

/** Made for each request: the cookie is named after the port that it was addressed to. */
function securitySchemes(c: Context) {
  return {
    token: {
      type: "http",
      scheme: "bearer",
      description: "The token of the inspector, for programs.",
    },
    session: {
      type: "apiKey",
      in: "cookie",
      name: sessionCookieName(c),
      description:
        "What a browser gets for the `?token=` of the page's link. " +
        "With it a request that changes something must have an `Origin`, or a " +
        "`Sec-Fetch-Site`, that says it is the page's.",
    },
  };
}
