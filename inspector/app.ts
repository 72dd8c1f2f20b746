import { OpenAPIHono } from "@hono/zod-openapi";
import type * as hono from "hono";
import type { Context, Hono } from "hono";
import {
  type Clock,
  type MessageBus,
  type Random,
  systemClock,
  systemRandom,
} from "../mod.ts";
import { guardAccess, strictHeaders } from "./access.tsx";
import { EventFeed } from "./event_feed.ts";
import { HostList, LOOPBACK_NAMES } from "./host_list.ts";
import { addPageRoutes } from "./page/page_routes.tsx";
import { answerError, Problem } from "./problem.ts";
import { readBody } from "./request_body.ts";
import { addDeadLetterRoutes } from "./routes/dead_letter_routes.ts";
import { addEventRoutes } from "./routes/event_routes.ts";
import { addHealthRoutes } from "./routes/health_routes.ts";
import { addMessageRoutes } from "./routes/message_routes.ts";
import { addRuleRoutes } from "./routes/rule_routes.ts";
import { addStateRoutes } from "./routes/state_routes.ts";
import { makeSecret, Sessions } from "./sessions.ts";
import { StatsSource } from "./stats_source.ts";

/** Options of {@linkcode createInspector}. */
export interface InspectorOptions {
  /**
   * What programs send as `Authorization: Bearer …`, and links as `?token=…`:
   * 1 or more visible ASCII characters. `false` lets everybody in who can reach
   * the address.
   *
   * @default {256 random bits, readable as the inspector's `token`}
   */
  token?: string | false;
  /** Path below which everything is served, without a slash at its end: `"/inspect"`. @default {""} */
  basePath?: string;
  /**
   * Hosts that requests may be addressed to, as `name` for every port or
   * `name:port`. Name those of a proxy or a container's published port here.
   *
   * @default {["localhost", "127.0.0.1", "[::1]"]}
   */
  allowedHosts?: readonly string[];
  /** Ends the event streams; a server that closes would wait for them. */
  signal?: AbortSignal;
  /** Where time comes from. @default {the machine's} */
  clock?: Clock;
  /** Where chance comes from. @default {the machine's} */
  random?: Random;
}

/**
 * A Hono app that shows a bus, and the token it asks for. The class is reached
 * through its module, because this project documents its own types only.
 */
export type Inspector = InstanceType<(typeof hono)["Hono"]> & {
  /** What requests must show; `undefined` if nothing. */
  readonly token: string | undefined;
};

const VISIBLE_ASCII = /^[\x21-\x7e]+$/;
const BASE_PATH = /^(?:\/[A-Za-z0-9._~-]+)*$/;

/**
 * Makes a Hono app that shows a bus and lets a person act on it: a page, a JSON
 * API, an event stream, metrics and health. It is served by whatever serves
 * Hono apps; {@linkcode serveInspector} does it in one call.
 *
 * @throws {TypeError} If the token, the base path or a host is malformed.
 */
export function createInspector(
  bus: MessageBus,
  options: InspectorOptions = {},
): Inspector {
  const { allowedHosts = LOOPBACK_NAMES } = options;
  return assembleInspector(bus, options, new HostList(allowedHosts));
}

/** {@linkcode createInspector} for a server that knows its hosts. */
export function assembleInspector(
  bus: MessageBus,
  options: InspectorOptions,
  hosts: HostList,
): Inspector {
  const { basePath = "", clock = systemClock, random = systemRandom } = options;
  const { token = makeSecret(random), signal = new AbortController().signal } =
    options;
  checkOptions(token, basePath);
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
  const source = new StatsSource(bus, clock);
  const feed = new EventFeed({ bus, source, clock, signal });
  app.route(basePath || "/", makeApi(bus, source, feed));
  app.doc31(`${basePath}/openapi.json`, {
    openapi: "3.1.0",
    info: { title: "Busbar inspector", version: "1" },
  });
  addPageRoutes(app, { basePath, busName: bus.name });
  return Object.assign(app as Hono, {
    token: token === false ? undefined : token,
  });
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

function checkOptions(token: string | false, basePath: string): void {
  if (token !== false && !VISIBLE_ASCII.test(token)) {
    throw new TypeError(
      "Cannot create inspector as its token must be visible ASCII characters: current value is " +
        (token === "" ? "empty" : "of other characters"),
    );
  }
  if (!BASE_PATH.test(basePath)) {
    throw new TypeError(
      `Cannot create inspector as basePath must start with a slash and not end with one: current value is ${
        JSON.stringify(basePath)
      }`,
    );
  }
}
