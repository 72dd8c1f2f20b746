import assert from "node:assert/strict";
import type { Inspector } from "../../inspector/mod.ts";
import { INSPECTOR_LIMITS } from "../../inspector/inspector_limits.ts";
import { MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { codeOf, type DescribedRoute } from "./inspector_description.ts";
import { createInspector } from "./inspector_fixture.ts";

const TOKEN = "a-token-of-a-test";
const BEARER = { authorization: `Bearer ${TOKEN}` };
const JSON_TYPE = { "content-type": "application/json" };

/** A body that a route takes. */
export const BODIES: Readonly<Record<string, unknown>> = {
  "POST /api/messages": { type: "direct", recipient: "coder" },
  "POST /api/dead-letters/{id}/send-edited": { payload: 1 },
  "POST /api/dead-letters/discard": { topic: "none" },
  "POST /api/dead-letters/replay": { topic: "none" },
  "POST /api/dead-letters/replay-in-steps": { topic: "none" },
  "POST /api/rules": { id: "new", priority: 1 },
  "PUT /api/rules/{id}": { priority: 2 },
  "PATCH /api/rules/{id}": { enabled: false },
  "POST /api/rules/match": { sender: "a" },
};

/** What was answered, as `GET /api/stats 403 foreign_origin`. */
export type Seen = Set<string>;

/** Asks, and notes what is answered. */
export async function ask(
  seen: Seen,
  app: Inspector,
  route: Pick<DescribedRoute, "method" | "path">,
  init: RequestInit & { id?: string; query?: string; json?: unknown } = {},
): Promise<string> {
  const { id = "x", query = "", json, ...rest } = init;
  const path = route.path.replaceAll(/\{\w+\}/g, encodeURIComponent(id));
  const response = await app.request(path + query, {
    method: route.method,
    ...(json === undefined
      ? {}
      : { headers: JSON_TYPE, body: JSON.stringify(json) }),
    ...rest,
  });
  const { status } = response;
  const code = status < 400 ? "" : await codeOf(response);
  await response.body?.cancel();
  const answer = `${status} ${code}`.trim();
  seen.add(`${route.method} ${route.path} ${answer}`);
  return answer;
}

/** Brings every route to each answer that it has in common with others, where it is described with it. */
export async function askForCommonAnswers(
  seen: Seen,
  routes: readonly DescribedRoute[],
): Promise<void> {
  await using bus = new MessageBus();
  const clock = new VirtualClock();
  const app = createInspector(bus, { token: TOKEN, clock });
  const signedIn = await app.request(`/?token=${TOKEN}`);
  const [cookie = ""] = signedIn.headers.getSetCookie()[0]?.split(";") ?? [];
  for (const route of routes) {
    const put = (init: Parameters<typeof ask>[3]) =>
      ask(seen, app, route, init);
    const right = (headers: Record<string, string>) =>
      put({ headers: { ...BEARER, ...headers } });
    await right({ host: "[" });
    await right({ host: "evil.example" });
    await right({ origin: "http://evil.example" });
    await right({ "x-much": "x".repeat(INSPECTOR_LIMITS.maxHeaderChars) });
    const query = `?q=${"x".repeat(INSPECTOR_LIMITS.maxUrlChars)}`;
    await put({ query, headers: BEARER });
    await put({});
    if (route.query.length > 0) {
      const wrong = `?limit=0&seconds=0&reason=x&after=${"x".repeat(65)}`;
      await put({ query: wrong, headers: BEARER });
    }
    if (route.method === "GET") continue;
    await put({ headers: { cookie } });
    await askWithWrongBodies(seen, app, route, clock);
  }
}

/** Asks an inspector that lets nobody change anything. */
export async function askReadOnly(
  seen: Seen,
  routes: readonly DescribedRoute[],
): Promise<void> {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: false, readOnly: true });
  for (const route of routes) {
    if (route.method !== "GET") await ask(seen, app, route);
  }
}

async function askWithWrongBodies(
  seen: Seen,
  app: Inspector,
  route: DescribedRoute,
  clock: VirtualClock,
): Promise<void> {
  const send = (body: BodyInit, type: Record<string, string> = JSON_TYPE) =>
    ask(seen, app, route, { body, headers: { ...BEARER, ...type } });
  const text = { "content-type": "text/plain" };
  await send("{}", text);
  await send("", text);
  await send(" ".repeat(INSPECTOR_LIMITS.maxBodyBytes + 1));
  const before = clock.timers;
  const late = send(new ReadableStream());
  // The time for a body begins when the guard has let it in.
  assert.ok(await clock.advanceUntil(() => clock.timers > before, 0));
  await clock.advance(INSPECTOR_LIMITS.bodyTimeoutMs);
  await late;
  if (!route.body) return;
  await send("{");
  await send('{"unknown":1}');
}
