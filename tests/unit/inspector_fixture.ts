import assert from "node:assert/strict";
import { assembleApp } from "../../inspector/assemble_app.ts";
import { HostList } from "../../inspector/host_list.ts";
import {
  createInspector as create,
  type Inspector,
  type InspectorOptions,
} from "../../inspector/mod.ts";
import { StatsSource } from "../../inspector/stats_source.ts";
import { MessageBus, systemClock, systemRandom } from "../../mod.ts";
import { checkDescribed } from "./inspector_description.ts";

/** An inspector whose `request()` holds every answer to what `/openapi.json` says of its route. */
export function createInspector(
  bus: MessageBus,
  options: InspectorOptions = {},
): Inspector {
  const app = create(bus, options);
  const ask = app.request;
  const { basePath = "" } = options;
  const request = async (input: string, init: RequestInit = {}) => {
    const response = await ask(input, init);
    const { pathname } = new URL(input, "http://localhost");
    const { method = "GET" } = init;
    const path = pathname.startsWith(basePath)
      ? pathname.slice(basePath.length)
      : "";
    await checkDescribed({ method, path }, response);
    return response;
  };
  return Object.assign(app, { request });
}

/** A bus with somebody who listens, somebody who answers, and somebody who fails. */
export async function setup(
  options: Omit<InspectorOptions, "token"> = {},
): Promise<
  AsyncDisposable & { bus: MessageBus; app: Inspector }
> {
  const bus = new MessageBus({ name: "test", delivery: { maxAttempts: 1 } });
  bus.agent("coder").receive(() => {});
  bus.agent("adder").respond<{ a: number; b: number }>(({ payload }) =>
    payload.a + payload.b
  );
  bus.agent("failer").receive(() => {
    throw new Error("no luck");
  });
  await bus.agent("watcher").subscribe("jobs.>", () => {});
  const app = createInspector(bus, { token: false, ...options });
  return { bus, app, [Symbol.asyncDispose]: () => bus.close() };
}

/** Every route that an inspector of a bus has. */
export function routesOf(
  bus: MessageBus,
  basePath = "",
): { method: string; path: string }[] {
  const app = assembleApp(bus, {
    token: false,
    basePath,
    hosts: new HostList([]),
    signal: new AbortController().signal,
    clock: systemClock,
    random: systemRandom,
    source: new StatsSource(bus, systemClock),
    readOnly: false,
    redactedFields: [],
  });
  const known = new Map<string, { method: string; path: string }>();
  for (const { method, path } of app.routes) {
    if (method !== "ALL") known.set(`${method} ${path}`, { method, path });
  }
  assert.ok(known.size >= 25, `found only ${known.size} routes`);
  return [...known.values()];
}

/** Every route there is, with something in the place of its parameters. */
export function addressesOf(
  bus: MessageBus,
): { method: string; path: string }[] {
  return routesOf(bus).map(({ method, path }) => ({
    method,
    path: path.replaceAll(/:\w+/g, "x"),
  }));
}

/** Calls a route, and reads no more of the answer than its status. */
export async function statusOf(
  app: Inspector,
  path: string,
  init: RequestInit,
): Promise<number> {
  const response = await app.request(path, init);
  await response.body?.cancel();
  return response.status;
}

/** Calls a route, and reads its JSON. */
export async function call(
  app: Inspector,
  method: string,
  path: string,
  body?: unknown,
  // deno-lint-ignore no-explicit-any
): Promise<{ status: number; value: any }> {
  const response = await app.request(path, {
    method,
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined
      ? null
      : typeof body === "string"
      ? body
      : JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    value: text === "" ? undefined : JSON.parse(text),
  };
}
