import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { compress } from "hono/compress";
import type { Clock, MessageBus, Random } from "../mod.ts";
import { guardAccess, refuseChanges, strictHeaders } from "./access.tsx";
import { AuditLog, recordActions } from "./audit_log.ts";
import { addDescription } from "./description.ts";
import { Display } from "./display.ts";
import type { InspectorEnv } from "./env.ts";
import { EventFeed } from "./event_feed.ts";
import { EventSourceOfBus } from "./event_source.ts";
import type { HostList } from "./host_list.ts";
import { addPageRoutes } from "./page/page_routes.tsx";
import { answerError, Problem } from "./problem.ts";
import { Redaction } from "./redaction.ts";
import { readBody } from "./request_body.ts";
import type { RouteParts } from "./route_parts.ts";
import { addAuditRoutes } from "./routes/audit_routes.ts";
import { addDeadLetterRoutes } from "./routes/dead_letter_routes.ts";
import { addEventRoutes } from "./routes/event_routes.ts";
import { addReplayRoutes } from "./routes/replay_routes.ts";
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
  /** Whether nothing may be changed. */
  readOnly: boolean;
  /** Names of fields that nobody is to see. */
  redactedFields: readonly string[];
}

/** Every route of the inspector of a bus, behind its guard. */
export function assembleApp(
  bus: MessageBus,
  options: AssembleOptions,
): OpenAPIHono<InspectorEnv> {
  const { token, basePath, hosts, clock, random, readOnly } = options;
  const app = new OpenAPIHono<InspectorEnv>();
  app.onError(answerError);
  app.notFound(answerNotFound);
  const parts = makeParts(bus, options);
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
    recordActions(parts.audit, clock),
    ...(readOnly ? [refuseChanges()] : []),
    readBody(clock),
  );
  app.route(basePath || "/", makeApi(parts));
  addDescription(app, { basePath, asksForToken: token !== false });
  addPageRoutes(app, { basePath, busName: bus.name, readOnly });
  return app;
}

function makeParts(bus: MessageBus, options: AssembleOptions): RouteParts {
  const { clock, random, redactedFields, signal, source } = options;
  const display = new Display(new Redaction(redactedFields));
  const events = new EventSourceOfBus({ bus, clock, random, display, signal });
  const feed = new EventFeed({ events, source, clock, signal });
  return { bus, source, display, audit: new AuditLog(), feed, clock };
}

function makeApi(parts: RouteParts): OpenAPIHono<InspectorEnv> {
  const api = new OpenAPIHono<InspectorEnv>({ defaultHook: refuseInvalid });
  // A quarter of an hour of figures is most of what the first view loads; the
  // rest is small, or asked for too often to be worth the work.
  api.use("/api/pulses", compress());
  addStateRoutes(api, parts);
  addMessageRoutes(api, parts);
  addReplayRoutes(api, parts);
  addDeadLetterRoutes(api, parts);
  addRuleRoutes(api, parts);
  addEventRoutes(api, parts);
  addAuditRoutes(api, parts);
  addHealthRoutes(api, parts);
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
    "invalid",
    `Cannot accept ${target} as ${problems.join("; ")}`,
  );
}

function answerNotFound(c: Context): Response {
  return answerError(
    new Problem("not_found", "Cannot find anything at this address"),
    c,
  );
}
