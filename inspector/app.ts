import { Hono } from "hono";
import type * as hono from "hono";
import {
  type Clock,
  type MessageBus,
  type Random,
  systemClock,
  systemRandom,
} from "../mod.ts";
import type { AssembleOptions } from "./assemble_app.ts";
import { HostList, LOOPBACK_NAMES } from "./host_list.ts";
import { once } from "./once.ts";
import { makeSecret } from "./secret.ts";
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
  /** Refuses whatever would change something, and shows no buttons for it. @default {false} */
  readOnly?: boolean;
  /**
   * Names of fields of payloads and headers that nobody is to see, at any
   * depth and whatever their case. Error texts, and payloads of bytes, are shown
   * as they are.
   *
   * @default {none}
   */
  redactedFields?: readonly string[];
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
 * @throws {TypeError} If the token, the base path or a host is malformed, or
 * this is not Deno.
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
  checkPlatform();
  const { basePath = "", clock = systemClock, random = systemRandom } = options;
  const { token = makeSecret(random), signal = new AbortController().signal } =
    options;
  const { readOnly = false, redactedFields = [] } = options;
  checkOptions(token, basePath);
  const source = new StatsSource(bus, clock);
  const app = appOnDemand(bus, {
    ...{ token, basePath, hosts, signal, clock, random, source },
    ...{ readOnly, redactedFields },
  });
  return Object.assign(app, { token: token === false ? undefined : token });
}

/**
 * An app that assembles the whole one for its first request: the validator, the
 * routes and their descriptions take 80 ms and 20 MiB, which a bus that nobody
 * looks at does without.
 */
function appOnDemand(bus: MessageBus, options: AssembleOptions): Hono {
  const assembled = once(async () => {
    const { assembleApp } = await import("./assemble_app.ts");
    return assembleApp(bus, options);
  });
  return new Hono().all("*", async (c) => {
    const app = await assembled();
    return await app.fetch(c.req.raw);
  });
}

/** Elsewhere it would be found out by whoever looks first: parts of the page are imported as texts. */
function checkPlatform(): void {
  if ("Deno" in globalThis) return;
  throw new TypeError(
    "Cannot create inspector as it runs on Deno alone: this is another platform",
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
