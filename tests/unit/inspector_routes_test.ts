import assert from "node:assert/strict";
import { MessageBus } from "../../mod.ts";
import { call, createInspector, routesOf, setup } from "./inspector_fixture.ts";

/** Waits until a dead letter lies there. */
async function deadLetter(bus: MessageBus): Promise<string> {
  for await (const event of bus.events()) {
    if (event.type === "dead_letter_added") return event.id;
  }
  throw new Error("the bus closed");
}

Deno.test("GET /api/stats gives the bus's figures and how full it is", async () => {
  await using test = await setup();
  await test.bus.send({
    type: "direct",
    sender: "a",
    recipient: "coder",
    topic: "jobs.build",
    payload: 1,
  });
  const { status, value } = await call(test.app, "GET", "/api/stats");
  assert.equal(status, 200);
  assert.equal(value.name, "test");
  assert.equal(value.state, "open");
  assert.equal(value.totalMessages, 1);
  assert.deepEqual(value.perTopic, { "jobs.build": 1 });
  assert.deepEqual(value.backpressure, { ...test.bus.backpressure.snapshot() });
});

Deno.test("GET /api/agents, /api/topics and /api/requests show what the bus holds", async () => {
  await using test = await setup();
  const agents = (await call(test.app, "GET", "/api/agents")).value;
  assert.deepEqual(agents, JSON.parse(JSON.stringify(test.bus.agents())));
  test.bus.agent("slow").respond((_message, { signal }) =>
    new Promise((_resolve, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason))
    )
  );
  const waiting = test.bus.request({
    type: "request",
    sender: "a",
    recipient: "slow",
    payload: 1,
  });
  waiting.catch(() => {});
  const [request] = (await call(test.app, "GET", "/api/requests")).value;
  assert.equal(request.recipient, "slow");
  assert.ok(Array.isArray((await call(test.app, "GET", "/api/topics")).value));
  const path = `/api/requests/${request.requestId}`;
  assert.equal((await call(test.app, "DELETE", path)).status, 204);
  await assert.rejects(waiting, { name: "BusError" });
  assert.equal((await call(test.app, "DELETE", path)).status, 404);
});

Deno.test("/api/dead-letters lists, replays and discards", async () => {
  await using test = await setup();
  const added = deadLetter(test.bus);
  const messageId = await test.bus.send({
    type: "direct",
    sender: "a",
    recipient: "failer",
    payload: "p",
    requiresAck: true,
  });
  const id = await added;
  const { value: letters } = await call(
    test.app,
    "GET",
    "/api/dead-letters?reason=handler_failed&agent=failer",
  );
  assert.deepEqual(letters.map((letter: { id: string }) => letter.id), [id]);
  assert.equal(
    (await call(test.app, "GET", `/api/dead-letters/${id}`)).value.message
      .payload,
    "p",
  );
  assert.deepEqual(
    (await call(test.app, "GET", "/api/dead-letters?reason=expired")).value,
    [],
  );
  assert.equal(
    (await call(test.app, "GET", "/api/dead-letters?reason=boredom")).status,
    400,
  );
  const again = deadLetter(test.bus);
  const replayed = await call(
    test.app,
    "POST",
    `/api/dead-letters/${id}/replay`,
  );
  assert.deepEqual([replayed.status, replayed.value], [200, { id: messageId }]);
  assert.equal(
    (await call(test.app, "POST", "/api/dead-letters/none/replay")).status,
    404,
  );
  const second = deadLetter(test.bus);
  await again;
  const { value } = await call(test.app, "POST", "/api/dead-letters/replay", {
    agent: "failer",
  });
  assert.deepEqual(value, { replayed: 1 });
  const path = `/api/dead-letters/${await second}`;
  assert.equal((await call(test.app, "DELETE", path)).status, 204);
  assert.equal((await call(test.app, "DELETE", path)).status, 404);
  assert.equal(test.bus.deadLetters.size, 0);
});

Deno.test("/api/rules adds, switches and removes", async () => {
  await using test = await setup();
  const rule = {
    id: "team/urgent",
    priority: 80,
    match: { topic: "jobs.*" },
    action: { kind: "set-priority", priority: 90 },
  };
  const added = await call(test.app, "POST", "/api/rules", rule);
  assert.equal(added.status, 201);
  assert.deepEqual([added.value.enabled, added.value.matches], [true, 0]);
  assert.equal((await call(test.app, "POST", "/api/rules", rule)).status, 409);
  const path = `/api/rules/${encodeURIComponent(rule.id)}`;
  assert.equal(
    (await call(test.app, "PATCH", path, { enabled: false })).value.enabled,
    false,
  );
  assert.equal(test.bus.router.rules()[0]?.enabled, false);
  assert.equal(
    (await call(test.app, "PATCH", path, { enabled: "no" })).status,
    400,
  );
  assert.equal(
    (await call(test.app, "PATCH", path, { priority: 1 })).status,
    400,
  );
  assert.equal((await call(test.app, "GET", "/api/rules")).value.length, 1);
  assert.equal((await call(test.app, "DELETE", path)).status, 204);
  assert.equal((await call(test.app, "DELETE", path)).status, 404);
  const bad = await call(test.app, "POST", "/api/rules", {
    ...rule,
    action: { kind: "explode" },
  });
  assert.deepEqual([bad.status, bad.value.error.message.includes("action")], [
    400,
    true,
  ]);
  const pattern = await call(test.app, "POST", "/api/rules", {
    ...rule,
    match: { topic: "a.>.b" },
  });
  assert.equal(pattern.status, 400);
});

Deno.test("/readyz turns away while the bus is full or closes, and /healthz does not", async () => {
  const bus = new MessageBus({ backpressure: { maxPending: 1 } });
  const app = createInspector(bus, { token: false });
  assert.equal((await call(app, "GET", "/readyz")).status, 200);
  bus.agent("idle", { durable: true });
  await bus.send({
    type: "direct",
    sender: "a",
    recipient: "idle",
    payload: 1,
  });
  const full = await call(app, "GET", "/readyz");
  assert.deepEqual([full.status, full.value.error.code], [503, "not_ready"]);
  await bus.close();
  const closed = new MessageBus();
  await closed.close();
  const closedApp = createInspector(closed, { token: false });
  assert.equal((await call(closedApp, "GET", "/readyz")).status, 503);
  assert.equal((await call(closedApp, "GET", "/healthz")).status, 200);
});

Deno.test("/openapi.json describes every route of the API", async () => {
  await using test = await setup({ basePath: "/inspect" });
  const { value } = await call(test.app, "GET", "/inspect/openapi.json");
  const described = new Set(
    Object.entries(value.paths).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) =>
        `${method.toUpperCase()} ${path}`
      )
    ),
  );
  const served = routesOf(test.bus, "/inspect")
    .filter(({ path }) => path.includes("/api/"))
    .map(({ method, path }) =>
      `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`
    );
  for (const route of served) assert.ok(described.has(route), route);
});

Deno.test("createInspector() serves everything below its base path", async () => {
  await using test = await setup({ basePath: "/inspect" });
  assert.equal((await call(test.app, "GET", "/inspect/api/stats")).status, 200);
  const page = await test.app.request("/inspect/");
  assert.match(await page.text(), /^<!doctype html><html lang="en">/);
  const bare = await test.app.request("/inspect?token=t");
  assert.deepEqual([bare.status, bare.headers.get("location")], [
    303,
    "inspect/",
  ]);
  assert.equal((await call(test.app, "GET", "/api/stats")).status, 404);
  const guarded = createInspector(test.bus, {
    basePath: "/inspect",
    token: "t",
  });
  const signedIn = await guarded.request("/inspect?token=t");
  assert.deepEqual([signedIn.status, signedIn.headers.get("location")], [
    303,
    "inspect/",
  ]);
  assert.match(signedIn.headers.getSetCookie()[0] ?? "", /; Path=\/inspect\/;/);
});
