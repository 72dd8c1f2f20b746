import assert from "node:assert/strict";
import type { Inspector } from "../../inspector/mod.ts";
import { INSPECTOR_LIMITS } from "../../inspector/inspector_limits.ts";
import { MessageBus } from "../../mod.ts";
import {
  ask,
  askForCommonAnswers,
  askReadOnly,
  BODIES,
  type Seen,
} from "./inspector_answers.ts";
import {
  type DescribedRoute,
  describedRoutes,
} from "./inspector_description.ts";
import { createInspector, setup } from "./inspector_fixture.ts";
import {
  busWithLetter,
  replayRefusals,
  sendRefusals,
} from "./inspector_refusals.ts";

const SEND = { method: "POST", path: "/api/messages" };
const EDIT = { method: "POST", path: "/api/dead-letters/{id}/send-edited" };
const REPLAY = { method: "POST", path: "/api/dead-letters/{id}/replay" };
/** What a caller cannot bring about: it is a mistake in the inspector. */
const UNREACHED = ["500 internal"];

Deno.test("every answer that /openapi.json describes is given, and no other", async () => {
  const routes = await describedRoutes();
  const seen: Seen = new Set();
  await askForCommonAnswers(seen, routes);
  await askReadOnly(seen, routes);
  await askForNothing(seen, routes);
  await askForSuccess(seen, routes);
  await askForRefusals(seen);
  await askForTheRest(seen);
  const described = routes.flatMap(({ method, path, answers }) =>
    [...answers].flatMap(([status, codes]) =>
      (status < 400 ? [""] : codes)
        .map((code) => `${method} ${path} ${status} ${code}`.trim())
    )
  ).filter((answer) => !UNREACHED.some((one) => answer.endsWith(one)));
  assert.ok(described.length > 300, `${described.length} answers`);
  assert.deepEqual([...seen].sort(), described.sort());
});

/** Names a letter, a rule, a message and a request that are not there. */
async function askForNothing(
  seen: Seen,
  routes: readonly DescribedRoute[],
): Promise<void> {
  await using test = await setup();
  for (const route of routes) {
    if (!route.path.includes("{id}")) continue;
    const json = BODIES[`${route.method} ${route.path}`];
    const answer = await ask(seen, test.app, route, { id: "none", json });
    assert.equal(answer, "404 not_found", route.path);
  }
}

/** Names those that are. */
async function askForSuccess(
  seen: Seen,
  routes: readonly DescribedRoute[],
): Promise<void> {
  for (const route of routes) {
    await using test = await setup();
    const id = await idFor(route.path, test.bus);
    const json = BODIES[`${route.method} ${route.path}`];
    const answer = await ask(seen, test.app, route, { id, json });
    assert.match(answer, /^20[014]$/, `${route.method} ${route.path}`);
  }
}

async function idFor(path: string, bus: MessageBus): Promise<string> {
  const letter = { type: "direct", sender: "a", recipient: "nobody" } as const;
  if (path.startsWith("/api/dead-letters/")) {
    await bus.send({ ...letter, payload: 1 });
    return [...bus.deadLetters][0]?.id ?? "";
  }
  if (path.startsWith("/api/rules/")) {
    bus.router.addRule({ id: "rule", priority: 1 });
    return "rule";
  }
  if (path.startsWith("/api/requests/")) {
    const requestId = "request";
    bus.agent("idle").respond(() => new Promise<never>(() => {}));
    bus.request({
      ...{ type: "request", sender: "a", recipient: "idle", requestId },
      payload: 1,
    }).catch(() => {});
    return requestId;
  }
  return await bus.send({ ...letter, payload: 1 });
}

/** Sends, and sends again, what a bus does not take. */
async function askForRefusals(seen: Seen): Promise<void> {
  for (const [code, refusal] of Object.entries(sendRefusals())) {
    await using bus = new MessageBus(refusal.options);
    await bus.ready();
    await refusal.arrange?.(bus);
    const app = createInspector(bus, { token: false });
    const answer = await ask(seen, app, SEND, { json: refusal.message });
    assert.equal(answer.slice(4), code);
  }
  for (const [code, refusal] of Object.entries(sendRefusals())) {
    const { bus, id } = await busWithLetter(refusal, 1);
    await using _closing = bus;
    await refusal.arrange?.(bus);
    const app = createInspector(bus, { token: false });
    const { payload } = refusal.message;
    const answer = await ask(seen, app, EDIT, { id, json: { payload } });
    assert.equal(answer.slice(4), code);
  }
  for (const [code, refusal] of Object.entries(replayRefusals())) {
    const { bus, id } = await busWithLetter(refusal, refusal.message.payload);
    await using _closing = bus;
    await refusal.arrange?.(bus);
    const app = createInspector(bus, { token: false });
    assert.equal((await ask(seen, app, REPLAY, { id })).slice(4), code);
  }
}

/** What one route alone answers. */
async function askForTheRest(seen: Seen): Promise<void> {
  await using test = await setup({ redactedFields: ["secret"] });
  const { bus, app } = test;
  const rules = { method: "POST", path: "/api/rules" };
  const rule = { id: "r", priority: 1 };
  await ask(seen, app, rules, { json: rule });
  await ask(seen, app, rules, { json: rule });
  const request = { type: "request", sender: "a", recipient: "adder" } as const;
  const payload = { a: 1, b: 2 };
  await ask(seen, app, SEND, { json: { ...request, payload } });
  bus.router.addRule({
    ...{ id: "trap", priority: 100, match: { sender: "a" } },
    action: { kind: "dead-letter", reason: "a trap" },
  });
  await bus.request({ ...request, payload }).catch(() => {});
  await bus.send({ ...request, type: "heartbeat", payload });
  bus.router.removeRule("trap");
  const [asked, beat] = [...bus.deadLetters];
  await ask(seen, app, EDIT, { id: asked?.id ?? "", json: { payload } });
  await ask(seen, app, EDIT, { id: beat?.id ?? "", json: { payload } });
  const hidden = { payload: { secret: "(redacted)" } };
  await ask(seen, app, EDIT, { id: asked?.id ?? "", json: hidden });
  await openTooManyStreams(seen, app);
  await bus.close();
  await ask(seen, app, { method: "GET", path: "/readyz" });
}

async function openTooManyStreams(seen: Seen, app: Inspector): Promise<void> {
  const streams: Response[] = [];
  for (let n = 0; n < INSPECTOR_LIMITS.maxEventStreams; n++) {
    streams.push(await app.request("/api/events"));
  }
  await ask(seen, app, { method: "GET", path: "/api/events" });
  for (const { body } of streams) await body?.cancel();
}
