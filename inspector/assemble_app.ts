import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Clock, MessageBus, Random } from "../mod.ts";
import { guardAccess, strictHeaders } from "./access.tsx";
import { EventFeed } from "./event_feed.ts";
import type { HostList } from "./host_list.ts";
import { addPageRoutes } from "./page/page_routes.tsx";
import { answerError, Problem } from "./problem.ts";
import { readBody } from "./request_body.ts";
import { addDeadLetterRoutes } from "./routes/dead_letter_routes.ts";
import { addEventRoutes } from "./routes/event_routes.ts";
import { addHealthRoutes } from "./routes/health_routes.ts";
import { addMessageRoutes } from "./routes/message_routes.ts";
import { addRuleRoutes } from "./routes/rule_routes.ts";
import { addStateRoutes } from "./routes/state_routes.ts";
import { Sessions } from "./sessions.ts";
import type { StatsSource } from "./stats_source.ts";

/** What {@linkcode assembleApp} works with: options that are checked and whole. */
export interface AssembleOptions {
  /** What programs and links must show; `false` for nothing. */
  token: string | false;
  /** Path below which everything is served. */
  basePath: string;
  /** Hosts that requests may be addressed to. */
  hosts: HostList;
  /** Ends the event streams. */
  signal: AbortSignal;
  /** Where time comes from. */
  clock: Clock;
  /** Where chance comes from. */
  random: Random;
  /** The bus's figures. */
  source: StatsSource;
}

/** Every route of the inspector of a bus, behind its guard. */
export function assembleApp(
  bus: MessageBus,
  options: AssembleOptions,
): OpenAPIHono {
  const { token, basePath, hosts, signal, clock, random, source } = options;
  const app = new OpenAPIHono();
  app.onError(answerError);
  app.notFound(answerNotFound);
  app.use(
    `${basePath}/*`,
    strictHeaders(),
    guardAccess({
      token,
      sessions: new Sessions(random),
      hosts,
      pagePath: `${basePath}/`,
      openPaths: [`${basePath}/healthz`],
    }),
    readBody(clock),
  );
  const feed = new EventFeed({ bus, source, clock, signal });
  app.route(basePath || "/", makeApi(bus, source, feed));
  app.doc31(`${basePath}/openapi.json`, {
    openapi: "3.1.0",
    info: { title: "Busbar inspector", version: "1" },
  });
  addPageRoutes(app, { basePath, busName: bus.name });
  return app;
}

function makeApi(
  bus: MessageBus,
  source: StatsSource,
  feed: EventFeed,
): OpenAPIHono {
  const api = new OpenAPIHono({ defaultHook: refuseInvalid });
  addStateRoutes(api, bus, source);
  addMessageRoutes(api, bus);
  addDeadLetterRoutes(api, bus);
  addRuleRoutes(api, bus);
  addEventRoutes(api, feed);
  addHealthRoutes(api, bus, source);
  return api;
}

/** The part of a validation's result that is looked at. */
interface Validated {
  success: boolean;
  target: string;
  error?: {
    issues: readonly { path: readonly PropertyKey[]; message: string }[];
  };
}

function refuseInvalid({ success, target, error }: Validated): void {
  if (success || !error) return;
  const problems = error.issues.slice(0, 5).map(({ path, message }) =>
    `${path.map(String).join(".") || target}: ${message}`
  );
  throw new Problem(
    400,
    "invalid",
    `Cannot accept ${target} as ${problems.join("; ")}`,
  );
}

function answerNotFound(c: Context): Response {
  return answerError(
    new Problem(404, "not_found", "Cannot find anything at this address"),
    c,
  );
}
