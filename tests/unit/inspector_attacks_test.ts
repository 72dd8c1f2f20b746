import assert from "node:assert/strict";
import { type Inspector, serveInspector } from "../../inspector/mod.ts";
import { MessageBus } from "../../mod.ts";
import {
  addressesOf,
  createInspector,
  setup,
  statusOf,
} from "./inspector_fixture.ts";

const TOKEN = "a-token-of-a-test";
const BEARER = { authorization: `Bearer ${TOKEN}` };
const OPEN_PATHS = ["/healthz"];
const UNSAFE = new Set(["POST", "PUT", "PATCH", "DELETE"]);
/** Names that point elsewhere, or look like ours, as a page that rebinds its name would send them. */
const FOREIGN_HOSTS = [
  "evil.example",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "127.0.0.1.nip.io:4400",
  "evil.example:4400",
  "localhost.",
  "0.0.0.0",
  "127.1",
  "2130706433",
  "0x7f000001",
  "017700000001",
  "127.0.0.2",
  "[::ffff:127.0.0.1]",
  "[::]",
];
const MALFORMED_HOSTS = [
  "localhost@evil.example",
  "localhost/api",
  "localhost#",
  "[::1",
  "a b",
  "localhost:port",
  "localhost:999999",
  "%6cocalhost",
  "x".repeat(300),
];

async function signIn(app: Inspector): Promise<string> {
  const response = await app.request(`/?token=${TOKEN}`);
  return response.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
}

Deno.test("no route but /healthz answers without the right token, however it is shown", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: TOKEN });
  const attempts: Record<string, string>[] = [
    {},
    { authorization: "Bearer wrong" },
    { authorization: `Bearer ${TOKEN}x` },
    { authorization: `Bearer ${TOKEN.slice(0, -1)}` },
    { authorization: `Basic ${btoa(`:${TOKEN}`)}` },
    { authorization: TOKEN },
    { cookie: `busbar_session_default=${TOKEN}` },
    { "x-token": TOKEN },
  ];
  for (const { method, path } of addressesOf(bus)) {
    if (OPEN_PATHS.includes(path)) continue;
    for (const headers of attempts) {
      assert.equal(
        await statusOf(app, path, { method, headers }),
        401,
        `${method} ${path} ${JSON.stringify(headers)}`,
      );
    }
  }
});

Deno.test("no route answers to a host that is not the inspector's, the open one neither", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: TOKEN });
  assert.equal(FOREIGN_HOSTS.length, 14);
  for (const { method, path } of addressesOf(bus)) {
    for (
      const [hosts, status] of [
        [FOREIGN_HOSTS, 403],
        [MALFORMED_HOSTS, 400],
      ] as const
    ) {
      for (const host of hosts) {
        const init = { method, headers: { ...BEARER, host } };
        assert.equal(
          await statusOf(app, path, init),
          status,
          `${method} ${path} ${host}`,
        );
      }
    }
  }
});

Deno.test("no route answers a page of another origin, whatever right it carries", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: TOKEN });
  const cookie = await signIn(app);
  const origins = [
    "null",
    "http://evil.example",
    "http://localhost:1",
    "http://localhost.evil.example",
    "file://",
    "",
  ];
  for (const { method, path } of addressesOf(bus)) {
    for (const origin of origins) {
      for (const right of [BEARER, { cookie }]) {
        const init = { method, headers: { ...right, origin } };
        assert.equal(
          await statusOf(app, path, init),
          403,
          `${method} ${path} ${origin}`,
        );
      }
    }
  }
});

Deno.test("no form and no plain text of another page changes anything", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: TOKEN });
  const cookie = await signIn(app);
  const bodies = {
    "application/x-www-form-urlencoded": "type=direct",
    "multipart/form-data; boundary=x": "--x--",
    "text/plain": '{"type":"direct","recipient":"a","payload":1}',
  };
  for (const { method, path } of addressesOf(bus)) {
    if (!UNSAFE.has(method)) continue;
    const label = `${method} ${path}`;
    for (const [type, body] of Object.entries(bodies)) {
      const headers = { cookie, "content-type": type };
      assert.equal(
        await statusOf(app, path, { method, headers, body }),
        403,
        `${label} ${type}`,
      );
      // Even one that says it is ours must send JSON.
      const ours = { ...headers, origin: "http://localhost" };
      assert.equal(
        await statusOf(app, path, { method, headers: ours, body }),
        415,
        `${label} ${type}`,
      );
    }
  }
});

Deno.test("every route refuses what is too large before it looks at it", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: TOKEN });
  const body = `"${"x".repeat(1024 * 1024)}"`;
  const json = { ...BEARER, "content-type": "application/json" };
  for (const { method, path } of addressesOf(bus)) {
    const label = `${method} ${path}`;
    const long = `${path}?q=${"x".repeat(4_096)}`;
    assert.equal(
      await statusOf(app, long, { method, headers: BEARER }),
      414,
      label,
    );
    const headers = { ...BEARER, "x-much": "x".repeat(16 * 1024) };
    assert.equal(await statusOf(app, path, { method, headers }), 431, label);
    if (!UNSAFE.has(method)) continue;
    const status = await statusOf(app, path, { method, headers: json, body });
    assert.equal(status, 413, label);
  }
});

Deno.test("no query makes a list of another length, or an error that is not the asker's", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: false });
  const values = ["-1", "0", "NaN", "Infinity", "1e9", "1.5", "", "[]", "true"];
  for (const { method, path } of addressesOf(bus)) {
    if (method !== "GET" || path === "/api/events") continue;
    for (const name of ["limit", "seconds", "payloadBytes"]) {
      for (const value of values) {
        const status = await statusOf(app, `${path}?${name}=${value}`, {});
        assert.ok(
          status < 500 || path === "/readyz",
          `${path} ${name}=${value}`,
        );
      }
    }
  }
  for (const value of values.filter((one) => one !== "true")) {
    const path = `/api/messages?limit=${value}`;
    assert.equal(await statusOf(app, path, {}), 400, path);
  }
});

Deno.test("no path leads out of what is served", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: TOKEN });
  for (
    const path of [
      "/page/..%2f..%2fdeno.json",
      "/page/%2e%2e/%2e%2e/mod.ts",
      "/page/....//app.js",
      "/page/app.js%00.css",
      "/page/..\\..\\deno.json",
      "//evil.example/",
      "/api/messages/..%2f..%2fetc%2fpasswd",
    ]
  ) {
    assert.equal(
      await statusOf(app, path, { headers: BEARER }),
      404,
      path,
    );
  }
});

Deno.test("no text of a message, rule or letter ever becomes markup or another content type", async () => {
  const attack = '</script><img src=x onerror="alert(1)">';
  await using test = await setup();
  const fields = {
    payload: { [attack]: attack },
    headers: { "x-attack": attack },
  };
  await test.bus.send({
    type: "direct",
    sender: "a",
    recipient: "coder",
    ...fields,
  });
  await test.bus.send({
    ...{ type: "direct", sender: "a", recipient: "nobody" },
    ...fields,
  });
  test.bus.router.addRule({
    id: "attack",
    priority: 1,
    action: { kind: "dead-letter", reason: attack },
  });
  for (const { method, path } of addressesOf(test.bus)) {
    if (method !== "GET" || path === "/api/events") continue;
    const response = await test.app.request(path.replace("/x", "/%3Cimg%3E"));
    const type = response.headers.get("content-type") ?? "";
    const text = await response.text();
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    if (type.startsWith("text/html")) {
      assert.equal(text.includes("onerror"), false, path);
    } else assert.match(type, /^(application\/json|text\/|image\/svg)/, path);
  }
});

Deno.test("an inspector that listens refuses TRACE and other methods over the wire", async () => {
  await using bus = new MessageBus();
  await using server = await serveInspector(bus, {
    port: 0,
    token: TOKEN,
    print: () => {},
  });
  const { port } = server;
  for (const method of ["TRACE", "TRACK", "CONNECT", "DEBUG", "OPTIONS"]) {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const target = method === "CONNECT" ? `127.0.0.1:${port}` : "/";
    const request =
      `${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n` +
      `Authorization: Bearer ${TOKEN}\r\nConnection: close\r\n\r\n`;
    await connection.write(new TextEncoder().encode(request));
    const bytes = new Uint8Array(4_096);
    const length = await connection.read(bytes) ?? 0;
    const answer = new TextDecoder().decode(bytes.subarray(0, length));
    assert.match(answer, /^HTTP\/1\.1 (?:400|405|501) /, method);
    assert.equal(answer.includes(TOKEN), false);
  }
});

Deno.test("a thousand readers that stall stop neither the bus nor the inspector", async () => {
  await using bus = new MessageBus();
  bus.agent("coder").receive(() => {});
  await using server = await serveInspector(bus, {
    port: 0,
    token: false,
    print: () => {},
  });
  using stack = new DisposableStack();
  const request = new TextEncoder().encode(
    `GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`,
  );
  const readers: Deno.TcpConn[] = [];
  for (let n = 0; n < 1_000; n++) {
    const reader = await Deno.connect({
      hostname: "127.0.0.1",
      port: server.port,
    });
    readers.push(stack.use(reader));
    await reader.write(request);
  }
  const bytes = new Uint8Array(4_096);
  const length = await readers.at(-1)?.read(bytes) ?? 0;
  const answer = new TextDecoder().decode(bytes.subarray(0, length));
  assert.match(answer, /^HTTP\/1\.1 503 /);
  const payload = "x".repeat(4_096);
  for (let n = 0; n < 5_000; n++) {
    await bus.send({
      type: "direct",
      sender: "a",
      recipient: "coder",
      payload,
    });
  }
  await bus.drain();
  assert.equal(bus.stats().totalDelivered, 5_000);
  const health = await fetch(`http://127.0.0.1:${server.port}/healthz`);
  assert.equal(health.status, 200);
  await health.body?.cancel();
});
