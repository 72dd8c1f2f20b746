import assert from "node:assert/strict";
import {
  errorPattern,
  groupLetters,
} from "../../inspector/dead_letter_groups.ts";
import { BusError, type DeadLetter, MessageBus } from "../../mod.ts";
import { call, createInspector, routesOf, setup } from "./inspector_fixture.ts";

/** A bus with an agent that refuses until it is told not to, and letters of its refusals. */
async function withLetters(count: number) {
  const bus = new MessageBus();
  const state = { refuses: true, handled: 0 };
  const all = Promise.withResolvers<void>();
  bus.agent("worker").receive(() => {
    if (state.refuses) throw new BusError("rejected", "order 17 is closed");
    state.handled++;
  });
  const events = bus.events();
  const counting = (async () => {
    let seen = 0;
    for await (const { type } of events) {
      if (type === "dead_letter_added" && ++seen === count) {
        return all.resolve();
      }
    }
  })();
  for (let n = 0; n < count; n++) {
    await bus.send({
      ...{ type: "direct", sender: "shop", recipient: "worker" },
      ...{ payload: { n }, requiresAck: true, correlationId: "c" },
    });
  }
  await all.promise;
  await counting;
  const app = createInspector(bus, { token: false });
  return { bus, app, state, [Symbol.asyncDispose]: () => bus.close() };
}

Deno.test("GET /api/dead-letters/groups joins letters that failed in the same way", async () => {
  await using test = await withLetters(3);
  await test.bus.send({
    ...{ type: "direct", sender: "shop", recipient: "nobody" },
    payload: 1,
  });
  const { value } = await call(test.app, "GET", "/api/dead-letters/groups");
  assert.deepEqual(
    value.map((
      { reason, agent, count, error }: Record<string, unknown>,
    ) => [reason, agent, count, error]),
    [
      ["rejected", "worker", 3, "order # is closed"],
      ["no_recipient", "nobody", 1, "nobody serves #; served are #"],
    ],
  );
  const path = `/api/dead-letters?fingerprint=${value[0].fingerprint}`;
  const letters = (await call(test.app, "GET", path)).value;
  assert.equal(letters.length, 3);
  assert.equal(letters[0].fingerprint, value[0].fingerprint);
  const exported = await test.app.request(
    `/api/dead-letters/export?fingerprint=${value[0].fingerprint}`,
  );
  assert.match(exported.headers.get("content-disposition") ?? "", /attachment/);
  const lines = (await exported.text()).trimEnd().split("\n");
  assert.deepEqual(lines.map((line) => JSON.parse(line).message.payload.n), [
    2,
    1,
    0,
  ]);
  const { value: gone } = await call(
    test.app,
    "POST",
    "/api/dead-letters/discard",
    { fingerprint: value[0].fingerprint },
  );
  assert.deepEqual([gone, test.bus.deadLetters.size], [{ discarded: 3 }, 1]);
});

Deno.test("groupLetters() tells how often and how recently, and errorPattern() what differs", () => {
  const now = 3_600_000;
  const letter = (id: string, failedAt: number): DeadLetter => ({
    id,
    ...{ reason: "handler_failed", agent: "a", attempts: 1, failedAt },
    detail: `job 0f8e12ab-77 of "x" took ${id} ms`,
    // deno-lint-ignore no-explicit-any
    message: { topic: "t" } as any,
  });
  const [group] = groupLetters(
    [letter("1", now - 10), letter("2", now - 20), letter("3", now - 400_000)],
    now,
  );
  assert.equal(group?.count, 3);
  assert.equal(group.perMinute, 2 / 5);
  assert.deepEqual(group.recent.slice(-2), [1, 2]);
  assert.deepEqual([group.latestId, group.firstAt], ["1", now - 400_000]);
  assert.equal(
    errorPattern("job 0f8e12ab-77 of 'x' took 5 ms"),
    "job # of # took # ms",
  );
  assert.equal(
    errorPattern('nobody serves "x"; served are "a", "b", "c"'),
    errorPattern('nobody serves "x"; served are "d"'),
  );
  assert.equal(
    errorPattern("a decade of defaced facades"),
    "a decade of defaced facades",
  );
});

Deno.test("replay in steps stops after one letter while the cause is there, and goes through once it is mended", async () => {
  await using test = await withLetters(15);
  const path = "/api/dead-letters/replay-in-steps";
  const first = await call(test.app, "POST", path, {});
  assert.deepEqual(first.value, {
    steps: [{ size: 1, handled: 0, failed: 1, open: 0 }],
    stopped: "failed",
    left: 14,
  });
  assert.equal(test.bus.deadLetters.size, 15);
  test.state.refuses = false;
  const second = await call(test.app, "POST", path, {});
  assert.deepEqual(second.value, {
    steps: [
      { size: 1, handled: 1, failed: 0, open: 0 },
      { size: 10, handled: 10, failed: 0, open: 0 },
      { size: 4, handled: 4, failed: 0, open: 0 },
    ],
    left: 0,
  });
  assert.deepEqual([test.bus.deadLetters.size, test.state.handled], [0, 15]);
});

Deno.test("an edited letter is sent as a new message in its conversation, and the original stays", async () => {
  await using test = await withLetters(1);
  const [letter] = test.bus.deadLetters;
  test.state.refuses = false;
  const path = `/api/dead-letters/${letter?.id}/send-edited`;
  const sent = await call(test.app, "POST", path, { payload: { n: 99 } });
  assert.equal(sent.status, 201);
  assert.notEqual(sent.value.id, letter?.message.id);
  const entry = test.bus.message(sent.value.id);
  assert.deepEqual(entry?.message.payload, { n: 99 });
  assert.deepEqual(
    [entry?.message.sender, entry?.message.correlationId],
    ["shop", "c"],
  );
  assert.equal(test.bus.deadLetters.size, 1);
  await call(test.app, "POST", path, { payload: 1, discardOriginal: true });
  assert.equal(test.bus.deadLetters.size, 0);
  assert.equal(
    (await call(test.app, "POST", path, { payload: 1 })).status,
    404,
  );
});

Deno.test("a read-only inspector refuses every route that changes something, and says so on its page", async () => {
  await using test = await setup({ readOnly: true });
  for (const { method, path } of routesOf(test.bus)) {
    const response = await test.app.request(path.replaceAll(/:\w+/g, "x"), {
      method,
    });
    await response.body?.cancel();
    if (method === "GET") assert.notEqual(response.status, 403, path);
    else assert.equal(response.status, 403, `${method} ${path}`);
  }
  const page = await (await test.app.request("/")).text();
  assert.ok(page.includes('data-read-only="true"'));
  assert.equal(page.includes('id="send"'), false);
});

Deno.test("redacted fields are seen nowhere, cannot be searched for, and are not sent back", async () => {
  const bus = new MessageBus();
  await using _closing = { [Symbol.asyncDispose]: () => bus.close() };
  const app = createInspector(bus, {
    token: false,
    redactedFields: ["Password", "authorization"],
  });
  await bus.send({
    ...{ type: "direct", sender: "a", recipient: "nobody" },
    payload: {
      user: "ann",
      deep: [{ PASSWORD: "s3cret" }],
      password: "s3cret",
    },
    headers: { authorization: "s3cret" },
  });
  const events = await app.request("/api/events");
  const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
  await bus.send({
    ...{ type: "publish", sender: "a", topic: "t" },
    payload: { password: "s3cret" },
  });
  let streamed = "";
  while (!streamed.includes("message_accepted")) {
    streamed += (await reader?.read())?.value ?? "";
  }
  await reader?.cancel();
  assert.equal(streamed.includes("s3cret"), false);
  const [letter] = bus.deadLetters;
  for (
    const path of [
      "/api/messages",
      `/api/messages/${letter?.message.id}`,
      "/api/dead-letters",
      "/api/dead-letters/export",
      `/api/dead-letters/${letter?.id}`,
    ]
  ) {
    const text = await (await app.request(path)).text();
    assert.ok(text.includes("(redacted)"), path);
    assert.equal(text.includes("s3cret"), false, path);
  }
  assert.deepEqual(
    (await call(app, "GET", "/api/messages?q=s3cret")).value,
    [],
  );
  assert.equal((await call(app, "GET", "/api/messages?q=ann")).value.length, 1);
  const shown =
    (await call(app, "GET", `/api/dead-letters/${letter?.id}`)).value;
  assert.deepEqual(shown.message.payload.deep, [{ PASSWORD: "(redacted)" }]);
  const back = await call(
    app,
    "POST",
    `/api/dead-letters/${letter?.id}/send-edited`,
    { payload: shown.message.payload },
  );
  assert.deepEqual([back.status, back.value.error.code], [
    422,
    "payload_redacted",
  ]);
});

Deno.test("GET /api/audit names who changed what, and what was refused", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: "t" });
  const signedIn = await app.request("/?token=t");
  const cookie = signedIn.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
  const rule = JSON.stringify({ id: "r", priority: 1 });
  const json = { "content-type": "application/json" };
  const send = async (headers: Record<string, string>, body = rule) => {
    const response = await app.request("/api/rules", {
      ...{ method: "POST", headers: { ...json, ...headers }, body },
    });
    await response.body?.cancel();
  };
  await send({ cookie, origin: "http://localhost" });
  await send({ authorization: "Bearer t" });
  await send({ authorization: "Bearer t" }, "{");
  await send({ authorization: "Bearer wrong" });
  const answer = await app.request("/api/audit", { headers: { cookie } });
  const entries = await answer.json();
  assert.deepEqual(
    entries.map((
      { actor, action, status }: Record<string, unknown>,
    ) => [actor, action, status]),
    [
      ["program", "POST /api/rules", 400],
      ["program", "Added rule r", 409],
      ["browser 1", "Added rule r", 201],
    ],
  );
});

Deno.test("PUT /api/rules/:id changes a rule, and a refused change leaves it as it was", async () => {
  await using test = await setup();
  test.bus.router.addRule({ id: "r", priority: 10, match: { topic: "a.*" } });
  const changed = await call(test.app, "PUT", "/api/rules/r", {
    priority: 20,
    action: { kind: "drop" },
    enabled: false,
  });
  assert.deepEqual(changed.value, {
    ...{ id: "r", priority: 20, enabled: false, final: false, matches: 0 },
    action: { kind: "drop" },
  });
  const refused = await call(test.app, "PUT", "/api/rules/r", {
    priority: 20,
    handler: "unknown",
  });
  assert.equal(refused.status, 400);
  assert.deepEqual(test.bus.router.rules()[0]?.action, { kind: "drop" });
  const body = { priority: 1 };
  assert.equal(
    (await call(test.app, "PUT", "/api/rules/no", body)).status,
    404,
  );
});

Deno.test("POST /api/rules/match says which rules a message would match, and counts nothing", async () => {
  await using test = await setup();
  test.bus.router.addRule({
    ...{ id: "copy", priority: 60, match: { topic: "jobs.>" } },
    action: { kind: "forward", recipient: "coder" },
  });
  test.bus.router.addRule({
    ...{ id: "stop", priority: 50, match: { sender: "a" } },
    action: { kind: "drop" },
  });
  const path = "/api/rules/match";
  const some = await call(test.app, "POST", path, {
    ...{ type: "publish", sender: "a", topic: "jobs.build" },
  });
  assert.deepEqual(some.value, {
    ...{ rules: ["copy", "stop"], handlers: [], priority: 50 },
    ...{ forwards: ["coder"], republishes: [] },
    end: { kind: "drop", ruleId: "stop" },
  });
  const none = await call(test.app, "POST", path, { sender: "b" });
  assert.deepEqual(none.value.rules, []);
  assert.equal(test.bus.router.rules()[0]?.matches, 0);
});

Deno.test("GET /api/messages finds a text in any field, and goes on before a message", async () => {
  await using test = await setup();
  for (const n of [1, 2, 3]) {
    await test.bus.send({
      ...{ type: "direct", sender: "a", recipient: "coder" },
      payload: { text: `He said "Hello ${n}"` },
      headers: { kind: `Letter-${n}` },
    });
  }
  const find = async (query: string) =>
    (await call(test.app, "GET", `/api/messages?${query}`)).value.map((
      { message }: { message: { id: string; headers: { kind: string } } },
    ) => message);
  assert.equal((await find("q=hello")).length, 3);
  assert.equal((await find("q=LETTER-2"))[0].headers.kind, "Letter-2");
  assert.deepEqual(await find("q=absent"), []);
  const [newest, ...older] = await find("limit=3");
  assert.deepEqual(await find(`before=${newest.id}`), older);
  assert.equal((await find(`before=${newest.id}&q=hello&limit=1`)).length, 1);
  const [brief] = await find("payloadBytes=2&limit=1");
  assert.deepEqual(brief.payload, { $truncated: true });
});

Deno.test("GET /api/traffic counts who talks to whom, and names what nobody serves", async () => {
  await using test = await setup();
  await test.bus.agent("boss").request("adder", { a: 1, b: 2 });
  await test.bus.send({
    ...{ type: "direct", sender: "boss", recipient: "failer" },
    ...{ payload: 1, requiresAck: true },
  });
  await test.bus.send({
    ...{ type: "direct", sender: "boss", recipient: "ghost" },
    payload: 1,
  });
  await test.bus.send({
    ...{ type: "publish", sender: "boss", topic: "void" },
    payload: 1,
  });
  await test.bus.drain();
  const { value } = await call(test.app, "GET", "/api/traffic?seconds=60");
  const links = value.links.map((
    { from, to, messages, failed, replies }: Record<string, unknown>,
  ) => [from, to, messages, failed, replies]);
  assert.deepEqual(links.toSorted(), [
    ["adder", "boss", 1, 0, 1],
    ["boss", "adder", 1, 0, 0],
    ["boss", "failer", 1, 1, 0],
    ["boss", "ghost", 1, 1, 0],
  ]);
  const failer = value.agents.find((one: { name: string }) =>
    one.name === "failer"
  );
  assert.deepEqual([failer.handled, failer.failed], [1, 1]);
  assert.deepEqual(
    value.unserved.map((
      { kind, name }: Record<string, unknown>,
    ) => [kind, name])
      .toSorted(),
    [["agent", "ghost"], ["topic", "void"]],
  );
});
