import assert from "node:assert/strict";
import { serveInspector } from "../../inspector/mod.ts";
import { MessageBus } from "../../mod.ts";

const QUIET = { port: 0, print: () => {} };

/** Sends bytes as they are, and reads the first line of the answer. */
async function firstLine(port: number, request: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(request));
  const bytes = new Uint8Array(4_096);
  const length = await connection.read(bytes) ?? 0;
  return new TextDecoder().decode(bytes.subarray(0, length)).split(
    "\r\n",
    1,
  )[0] ?? "";
}

async function statusOf(url: string, init?: RequestInit): Promise<number> {
  const response = await fetch(url, init);
  await response.body?.cancel();
  return response.status;
}

Deno.test("serveInspector() prints a link that lets a browser in", async () => {
  await using bus = new MessageBus();
  const lines: string[] = [];
  await using server = await serveInspector(bus, {
    port: 0,
    print: (line) => lines.push(line),
  });
  assert.deepEqual(lines, [`Inspector: ${server.url}`]);
  assert.equal(
    server.url,
    `http://127.0.0.1:${server.port}/?token=${server.token}`,
  );
  const response = await fetch(server.url, { redirect: "manual" });
  await response.body?.cancel();
  assert.equal(response.status, 303);
  assert.ok(
    response.headers.getSetCookie()[0]?.startsWith(
      `busbar_session_${server.port}=`,
    ),
  );
  assert.equal(await statusOf(`http://127.0.0.1:${server.port}/`), 401);
});

Deno.test("serveInspector() does not print a token that it was given", async () => {
  await using bus = new MessageBus();
  const lines: string[] = [];
  await using server = await serveInspector(bus, {
    port: 0,
    token: "the-secret",
    print: (line) => lines.push(line),
  });
  assert.equal(lines.join().includes("the-secret"), false);
  assert.equal(server.url.includes("the-secret"), false);
  const headers = { authorization: "Bearer the-secret" };
  assert.equal(await statusOf(`${server.url}/api/stats`, { headers }), 200);
});

Deno.test("serveInspector() answers to its own names and port only, whatever the Host says", async () => {
  await using bus = new MessageBus();
  await using server = await serveInspector(bus, { ...QUIET, token: false });
  const { port } = server;
  const cases: [string, string][] = [
    [`127.0.0.1:${port}`, "200"],
    [`LOCALHOST:${port}`, "200"],
    [`[::1]:${port}`, "200"],
    [`localhost:${port + 1}`, "403"],
    ["localhost", "403"],
    [`evil.example:${port}`, "403"],
    ["a/b", "400"],
    ["[::1", "400"],
    ["%", "400"],
    ["", "400"],
  ];
  for (const [host, status] of cases) {
    for (const path of ["/healthz", "/api/stats", "/"]) {
      const request =
        `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      assert.match(
        await firstLine(port, request),
        new RegExp(`^HTTP/1.1 ${status} `),
        `${host} ${path}`,
      );
    }
  }
});

Deno.test("serveInspector() refuses to let everybody in from other machines", async () => {
  await using bus = new MessageBus();
  await assert.rejects(
    serveInspector(bus, { ...QUIET, hostname: "0.0.0.0", token: false }),
    TypeError,
  );
});

Deno.test("InspectorServer.close() ends open event streams, and is safe to call twice", async () => {
  await using bus = new MessageBus();
  const server = await serveInspector(bus, { ...QUIET, token: false });
  const response = await fetch(`${server.url}/api/events?stats=true`);
  const text = response.text();
  await Promise.all([server.close(), server.close()]);
  assert.match(await text, /^: connected\n/);
  await assert.rejects(fetch(`${server.url}/healthz`));
});
