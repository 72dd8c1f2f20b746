import assert from "node:assert/strict";
import { call, setup } from "./inspector_fixture.ts";

Deno.test("GET /api/messages filters and bounds, and names the field that is wrong", async () => {
  await using test = await setup();
  for (const topic of ["jobs.a", "jobs.b", "jobs.b"]) {
    await test.bus.send({
      type: "publish",
      sender: "a",
      topic,
      payload: { topic },
    });
  }
  const all = await call(test.app, "GET", "/api/messages");
  assert.equal(all.value.length, 3);
  assert.equal(all.value[0].message.topic, "jobs.b");
  const some = await call(
    test.app,
    "GET",
    "/api/messages?topic=jobs.b&limit=1&type=publish&agent=a",
  );
  assert.equal(some.value.length, 1);
  for (const query of ["limit=0", "limit=1001", "limit=x", "type=nonsense"]) {
    const { status, value } = await call(
      test.app,
      "GET",
      `/api/messages?${query}`,
    );
    assert.equal(status, 400, query);
    assert.match(
      value.error.message,
      new RegExp(query.split("=")[0] ?? ""),
      query,
    );
  }
});

Deno.test("GET /api/messages names large payloads by their size, and one message shows all of it", async () => {
  await using test = await setup();
  const large = new Uint8Array(20_000).fill(7);
  const id = await test.bus.send({
    type: "direct",
    sender: "a",
    recipient: "coder",
    payload: large,
  });
  const textId = await test.bus.send({
    type: "direct",
    sender: "a",
    recipient: "coder",
    payload: ["x".repeat(20_000)],
  });
  const { value } = await call(test.app, "GET", "/api/messages");
  assert.deepEqual(value[1].message.payload, {
    $truncated: true,
    bytes: 20_000,
  });
  assert.deepEqual(value[0].message.payload, { $truncated: true });
  const one = await call(test.app, "GET", `/api/messages/${id}`);
  assert.deepEqual(one.value.message.payload, {
    $binary: large.toBase64(),
    bytes: 20_000,
  });
  const text = await call(test.app, "GET", `/api/messages/${textId}`);
  assert.equal(text.value.message.payload[0].length, 20_000);
  const { status, value: error } = await call(
    test.app,
    "GET",
    "/api/messages/none",
  );
  assert.deepEqual([status, error.error.code], [404, "not_found"]);
});

Deno.test("GET /api/conversations/:id gives one conversation, oldest first", async () => {
  await using test = await setup();
  for (const n of [1, 2, 3]) {
    await test.bus.send({
      type: "direct",
      sender: "a",
      recipient: "coder",
      correlationId: "c/ 1",
      payload: n,
    });
  }
  await test.bus.send({
    type: "direct",
    sender: "a",
    recipient: "coder",
    payload: 4,
  });
  const { value } = await call(
    test.app,
    "GET",
    `/api/conversations/${encodeURIComponent("c/ 1")}`,
  );
  assert.deepEqual(
    value.map((entry: { message: { payload: number } }) =>
      entry.message.payload
    ),
    [1, 2, 3],
  );
});

Deno.test("POST /api/messages sends, and a request brings the reply back", async () => {
  await using test = await setup();
  const sent = await call(test.app, "POST", "/api/messages", {
    type: "direct",
    recipient: "coder",
    payload: { n: 1 },
  });
  assert.equal(sent.status, 201);
  assert.equal(test.bus.message(sent.value.id)?.message.sender, "inspector");
  const body = { type: "request", recipient: "adder", payload: { a: 2, b: 3 } };
  const reply = await call(test.app, "POST", "/api/messages", body);
  assert.deepEqual([reply.status, reply.value.payload, reply.value.sender], [
    200,
    5,
    "adder",
  ]);
  const binary = {
    type: "direct",
    recipient: "coder",
    payload: { $binary: "AQID" },
  };
  const { value } = await call(test.app, "POST", "/api/messages", binary);
  assert.deepEqual(
    test.bus.message(value.id)?.message.payload,
    Uint8Array.of(1, 2, 3),
  );
});

Deno.test("POST /api/messages says what is wrong with a message", async () => {
  await using test = await setup();
  const direct = { type: "direct", recipient: "coder", payload: 1 };
  const cases: [unknown, number, string][] = [
    [{ ...direct, priority: 101 }, 400, "priority"],
    [{ ...direct, id: "mine" }, 400, "id"],
    [{ ...direct, type: "control" }, 400, "type"],
    [{ ...direct, recipient: "no name" }, 400, "recipient"],
    [{ ...direct, payload: { $binary: "!" } }, 400, "base64"],
    ["{", 400, "JSON"],
    [{ type: "request", recipient: "nobody", payload: 1 }, 404, "nobody"],
  ];
  for (const [body, status, word] of cases) {
    const answer = await call(test.app, "POST", "/api/messages", body);
    assert.equal(answer.status, status, JSON.stringify(body));
    assert.ok(
      answer.value.error.message.includes(word),
      answer.value.error.message,
    );
  }
});

Deno.test("POST routes take JSON only, and one mebibyte of it at most", async () => {
  await using test = await setup();
  const post = (headers: Record<string, string>, body: BodyInit) =>
    test.app.request("/api/messages", { method: "POST", headers, body });
  const form = await post({}, new URLSearchParams({ type: "direct" }));
  assert.equal(form.status, 415);
  assert.equal((await form.json()).error.code, "unsupported_media_type");
  const noBodyWanted = await test.app.request("/api/requests/x", {
    method: "DELETE",
    body: "x",
  });
  assert.equal(noBodyWanted.status, 415);
  const text = await post(
    { "content-type": "text/plain" },
    '{"type":"direct","payload":1}',
  );
  assert.equal(text.status, 415);
  const large = await post(
    { "content-type": "application/json" },
    `"${"x".repeat(1024 * 1024)}"`,
  );
  assert.equal(large.status, 413);
  assert.equal((await large.json()).error.code, "body_too_large");
});
