import assert from "node:assert/strict";
import fc from "fast-check";
import { HostList, originHost, parseHost } from "../../inspector/host_list.ts";

Deno.test("parseHost() takes apart whatever it accepts, and never throws", () => {
  const text = fc.oneof(
    fc.string(),
    fc.tuple(fc.domain(), fc.nat(70_000)).map(([name, port]) =>
      `${name}:${port}`
    ),
    fc.ipV4(),
    fc.ipV6().map((address) => `[${address}]`),
  );
  fc.assert(fc.property(text, (host) => {
    const parsed = parseHost(host);
    if (!parsed) return;
    const written = parsed.port === ""
      ? parsed.name
      : `${parsed.name}:${parsed.port}`;
    assert.equal(written, host.toLowerCase());
  }));
});

Deno.test("HostList.allows() takes port 80 for granted where none is written", () => {
  const hosts = new HostList(["localhost:80"]);
  assert.equal(allows(hosts, "localhost"), true);
  assert.equal(allows(hosts, "localhost:80"), true);
  assert.equal(allows(hosts, "localhost:81"), false);
});

Deno.test("HostList.allows() takes any address, but no name, on a port open to all", () => {
  const hosts = new HostList([], 4400);
  assert.equal(allows(hosts, "192.168.1.7:4400"), true);
  assert.equal(allows(hosts, "[fe80::1]:4400"), true);
  assert.equal(allows(hosts, "192.168.1.7:4401"), false);
  assert.equal(allows(hosts, "evil.example:4400"), false);
});

Deno.test("originHost() reads web origins only", () => {
  assert.deepEqual(originHost("http://LocalHost:4400"), {
    name: "localhost",
    port: "4400",
  });
  assert.equal(originHost("null"), undefined);
  assert.equal(originHost("file://localhost"), undefined);
  assert.equal(originHost("http://localhost/path"), undefined);
});

function allows(hosts: HostList, text: string): boolean {
  const host = parseHost(text);
  return host !== undefined && hosts.allows(host);
}
