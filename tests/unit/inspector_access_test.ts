import assert from "node:assert/strict";
import type { Inspector } from "../../inspector/mod.ts";
import { MessageBus } from "../../mod.ts";
import { addressesOf, createInspector, statusOf } from "./inspector_fixture.ts";

const TOKEN = "a-token-of-a-test";
const BEARER = { authorization: `Bearer ${TOKEN}` };
const UNSAFE = new Set(["POST", "PATCH", "DELETE"]);

Deno.test("createInspector() asks every route but /healthz for the token", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: TOKEN });
  for (const { method, path } of addressesOf(bus)) {
    const label = `${method} ${path}`;
    const isOpen = path === "/healthz";
    assert.equal(
      await statusOf(app, path, { method }),
      isOpen ? 200 : 401,
      label,
    );
    const wrong = {
      method,
      headers: { authorization: "Bearer another-token" },
    };
    assert.equal(await statusOf(app, path, wrong), isOpen ? 200 : 401, label);
    const forged = {
      method,
      headers: { cookie: `busbar_session_default=${TOKEN}` },
    };
    assert.equal(await statusOf(app, path, forged), isOpen ? 200 : 401, label);
    assert.notEqual(
      await statusOf(app, path, { method, headers: BEARER }),
      401,
      label,
    );
  }
});

Deno.test("createInspector() refuses pages of another origin on every route", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: TOKEN });
  for (const { method, path } of addressesOf(bus)) {
    for (
      const origin of [
        "http://evil.example",
        "null",
        "http://localhost:1",
        "https://",
        "localhost",
      ]
    ) {
      const headers = { ...BEARER, origin };
      assert.equal(
        await statusOf(app, path, { method, headers }),
        403,
        `${method} ${path} ${origin}`,
      );
    }
    for (const site of ["cross-site", "same-site"]) {
      const headers = { ...BEARER, "sec-fetch-site": site };
      assert.equal(
        await statusOf(app, path, { method, headers }),
        403,
        `${method} ${path} ${site}`,
      );
    }
  }
});

Deno.test("createInspector() refuses hosts that are not its own on every route", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: false });
  for (const { method, path } of addressesOf(bus)) {
    for (const [host, status] of HOSTILE_HOSTS) {
      const init = { method, headers: { host } };
      assert.equal(
        await statusOf(app, path, init),
        status,
        `${method} ${path} ${host}`,
      );
    }
  }
});

const HOSTILE_HOSTS: readonly [string, number][] = [
  ["evil.example", 403],
  ["localhost.evil.example", 403],
  ["127.0.0.1.evil.example:80", 403],
  ["evil.example:4400", 403],
  ["10.0.0.1", 403],
  ["[::2]", 403],
  ["localhost:99999999", 400],
  ["localhost/api", 400],
  ["localhost@evil.example", 400],
  ["[::1", 400],
  ["a b", 400],
  ["x".repeat(300), 400],
];

Deno.test("createInspector() answers to the hosts it is given", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus, {
    token: false,
    allowedHosts: ["bus.example", "proxy.example:8080"],
  });
  const expected = {
    "bus.example": 200,
    "BUS.example:9": 200,
    "proxy.example:8080": 200,
    "proxy.example": 403,
    localhost: 403,
  };
  for (const [host, status] of Object.entries(expected)) {
    assert.equal(
      await statusOf(app, "/api/stats", { headers: { host } }),
      status,
      host,
    );
  }
  assert.throws(
    () => createInspector(bus, { allowedHosts: ["http://bus.example"] }),
    TypeError,
  );
});

Deno.test("createInspector() exchanges a link's token for a cookie that is not the token", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: TOKEN });
  const response = await app.request(`/?token=${TOKEN}`);
  assert.equal(response.status, 303);
  assert.equal(response.headers.get("location"), "./");
  const [cookie = ""] = response.headers.getSetCookie();
  assert.match(
    cookie,
    /^busbar_session_default=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict$/,
  );
  const headers = { cookie: cookie.split(";", 1)[0] ?? "" };
  assert.equal(await statusOf(app, "/", { headers }), 200);
  assert.equal(await statusOf(app, "/api/stats", { headers }), 200);
  assert.equal(await statusOf(app, "/?token=wrong", {}), 401);
  assert.equal(await statusOf(app, `/api/stats?token=${TOKEN}`, {}), 401);
});

Deno.test("createInspector() changes nothing by cookie unless the request says that it is its page's", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: TOKEN });
  const cookie = await signIn(app);
  for (
    const { method, path } of addressesOf(bus).filter((route) =>
      UNSAFE.has(route.method)
    )
  ) {
    const label = `${method} ${path}`;
    assert.equal(
      await statusOf(app, path, { method, headers: { cookie } }),
      403,
      label,
    );
    const byOrigin = { cookie, origin: "http://localhost" };
    assert.notEqual(
      await statusOf(app, path, { method, headers: byOrigin }),
      403,
      label,
    );
    const bySite = { cookie, "sec-fetch-site": "same-origin" };
    assert.notEqual(
      await statusOf(app, path, { method, headers: bySite }),
      403,
      label,
    );
  }
});

Deno.test("createInspector() signs out the browser that was away longest when there are too many", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: TOKEN });
  const first = await signIn(app);
  const second = await signIn(app);
  assert.equal(
    await statusOf(app, "/api/stats", { headers: { cookie: first } }),
    200,
  );
  for (let n = 0; n < 31; n++) await signIn(app);
  assert.equal(
    await statusOf(app, "/api/stats", { headers: { cookie: first } }),
    200,
  );
  assert.equal(
    await statusOf(app, "/api/stats", { headers: { cookie: second } }),
    401,
  );
});

Deno.test("createInspector() makes up a token of its own, and lets everybody in only when told so", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus);
  assert.match(app.token ?? "", /^[0-9a-f]{64}$/);
  assert.equal(await statusOf(app, "/api/stats", {}), 401);
  const headers = { authorization: `bearer ${app.token}` };
  assert.equal(await statusOf(app, "/api/stats", { headers }), 200);
  const open = createInspector(bus, { token: false });
  assert.equal(open.token, undefined);
  assert.equal(await statusOf(open, "/api/stats", {}), 200);
  assert.throws(() => createInspector(bus, { token: "" }), TypeError);
  assert.throws(
    () => createInspector(bus, { basePath: "inspect/" }),
    TypeError,
  );
});

Deno.test("createInspector() sends strict headers with every answer", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: TOKEN });
  for (
    const path of [
      "/",
      "/api/stats",
      "/page/app.js",
      "/nowhere",
      "/api/messages/none",
    ]
  ) {
    for (const headers of [{}, BEARER]) {
      const response = await app.request(path, { headers });
      await response.body?.cancel();
      const policy = response.headers.get("content-security-policy") ?? "";
      for (const rule of STRICT_RULES) {
        assert.ok(policy.includes(rule), `${path}: ${rule}`);
      }
      assert.equal(policy.includes("unsafe"), false);
      assert.equal(response.headers.get("x-content-type-options"), "nosniff");
      assert.equal(response.headers.get("referrer-policy"), "no-referrer");
      assert.equal(response.headers.get("cache-control"), "no-store");
      assert.equal(response.headers.get("access-control-allow-origin"), null);
    }
  }
});

const STRICT_RULES = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'none'",
];

async function signIn(app: Inspector): Promise<string> {
  const response = await app.request(`/?token=${TOKEN}`);
  return response.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
}
