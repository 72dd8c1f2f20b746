import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ago,
  bytes,
  count,
  duration,
  perSecond,
  preview,
} from "../../inspector/page/format.js";
import { findProblems } from "../../inspector/page/problems.js";
import { Pulse } from "../../inspector/page/pulse.js";
import { ASSETS, withImports } from "../../inspector/page/assets.ts";
import { readPayload, shownPayload } from "../../inspector/shown.ts";
import { address, readAddress } from "../../inspector/page/address.js";
import { HeldList } from "../../inspector/page/held_list.js";
import { MessageStore } from "../../inspector/page/message_store.js";
import { planSequence } from "../../inspector/page/sequence_plan.js";
import { layOut } from "../../inspector/page/traffic_layout.js";
import { VERSION } from "../../inspector/version.ts";
import { MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { call, createInspector } from "./inspector_fixture.ts";

Deno.test("the page shows a bus's name as text only, and loads nothing from elsewhere", async () => {
  await using bus = new MessageBus({ name: "<script>alert(1)</script>" });
  const app = createInspector(bus, { token: false });
  const text = await (await app.request("/")).text();
  assert.equal(text.includes("<script>alert"), false);
  assert.ok(text.includes("&lt;script&gt;alert(1)&lt;/script&gt;"));
  for (const [, address = ""] of text.matchAll(/(?:src|href)="([^"]*)"/g)) {
    assert.match(address, /^(?:page\/|#)/);
  }
  assert.equal(/ style=| on[a-z]+=/.test(text), false);
});

Deno.test("every file that the page names, or that its scripts import, is served", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: false });
  const page = await (await app.request("/")).text();
  const wanted = [...page.matchAll(/"page\/([^"]+)"/g)].map(([, name = ""]) =>
    name
  );
  assert.ok(wanted.includes("app.js") && wanted.includes("page.css"));
  const seen = new Set<string>();
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const response = await app.request(`/page/${name}`);
    assert.equal(response.status, 200, name);
    const text = await response.text();
    for (
      const [, imported = ""] of text.matchAll(
        /(?:from |import\()"\.\/([^"]+)"/g,
      )
    ) {
      wanted.push(imported);
    }
    assert.equal(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|https?:\/\/(?!www\.w3\.org\/|github\.com\/leeoniya)/
        .test(text),
      false,
      name,
    );
  }
  assert.ok(seen.size > 15);
});

Deno.test("withImports() names what scripts import, and what that imports, once", () => {
  const names = withImports(["messages_view.js", "api.js"]);
  assert.deepEqual(names.slice(0, 2), ["messages_view.js", "api.js"]);
  for (const name of ["virtual_list.js", "dom.js", "message_dialog.js"]) {
    assert.equal(names.filter((one) => one === name).length, 1, name);
  }
  assert.equal(names.includes("agents_view.js"), false);
});

Deno.test("every class that the styles name is one that the page gives", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: false });
  const page = await (await app.request("/")).text();
  const scripts = ASSETS.filter(({ name }) => name.endsWith(".js"));
  const words = [page, ...scripts.map(({ text }) => text)].join("\n")
    .matchAll(/[\w-]+/g);
  const given = new Set([...words].map(([word]) => word));
  const styles = ASSETS.find(({ name }) => name === "page.css")?.text ?? "";
  const named = [...styles.matchAll(/\.([a-z][\w-]*)(?=[^{}]*\{)/g)]
    .map(([, name = ""]) => name);
  assert.ok(named.length > 200, `${named.length}`);
  assert.deepEqual(named.filter((name) => !given.has(name)), []);
});

Deno.test("shownPayload() is undone by readPayload()", () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.uint8Array()), (payload) => {
      const text = JSON.stringify(shownPayload(payload));
      const expected = payload instanceof Uint8Array
        ? Uint8Array.from(payload)
        : JSON.parse(JSON.stringify(payload));
      assert.deepEqual(readPayload(JSON.parse(text)), expected);
    }),
  );
});

Deno.test("shownPayload() gives up on a large payload without walking all of it", () => {
  const row = Array.from({ length: 1_000 }, () => "x");
  // Shares its parts: a walk over all of it would take 10^12 steps.
  const payload = [row, row, row].reduce<unknown[]>(
    (inner) => Array.from({ length: 1_000 }, () => inner),
    row,
  );
  assert.deepEqual(shownPayload(payload, { maxBytes: 1_024 }), {
    $truncated: true,
  });
});

Deno.test("findProblems() finds nothing on a calm bus, and puts the worst first", () => {
  const calm = {
    stats: {
      health: { ready: true },
      backpressure: {
        pending: 0,
        maxPending: 10,
        waiting: 0,
        saturated: false,
      },
    },
    agents: [{ name: "coder", instances: 1, mailboxDepth: 3 }],
    groups: [],
    requests: [],
    traffic: { unserved: [], refused: [] },
    growth: { refused: 0, stale: 0, late: 0, timeouts: 0 },
    now: 1_000_000,
  };
  assert.deepEqual(findProblems(calm), []);
  const found = findProblems({
    ...calm,
    stats: {
      health: { ready: false, problem: "the store is being read" },
      backpressure: {
        pending: 10,
        maxPending: 10,
        waiting: 4,
        saturated: true,
      },
    },
    agents: [{ name: "coder", instances: 0, mailboxDepth: 1 }],
    groups: [{ reason: "handler_failed", count: 1, lastAt: 0 }],
    traffic: {
      unserved: [{ kind: "agent", name: "x", messages: 2, senders: ["a"] }],
      refused: [{ name: "y", requests: 3 }],
    },
    requests: [{ startedAt: 900_000 }],
  });
  assert.deepEqual(
    found.map(({ level, text }) => `${level}: ${text}`),
    [
      "bad: The bus is not ready: the store is being read",
      "bad: The bus is full: 10 of 10 pending, 4 senders wait",
      "warn: 1 dead letter handler failed",
      'warn: 3 requests refused: nobody serves "y"',
      'warn: 2 messages from a in vain: nobody serves "x"',
      "warn: coder is away, and 1 message waits",
      "warn: 1 request waits for a reply, the longest for 1 min",
    ].toSorted((a, b) =>
      Number(b.startsWith("bad")) - Number(a.startsWith("bad"))
    ),
  );
});

Deno.test("Pulse.rates() gives what a counter grew by, per second", () => {
  const pulse = new Pulse();
  const add = (at: number, uptimeMs: number, total: number) =>
    pulse.add({ at, uptimeMs, total });
  const read = ({ total }: { total: number }) => total;
  add(0, 0, 0);
  add(1_000, 1_000, 50);
  add(3_000, 3_000, 150);
  assert.deepEqual(pulse.rates(read), [{ at: 1_000, value: 50 }, {
    at: 3_000,
    value: 50,
  }]);
  assert.equal(pulse.growth(read), 150);
  add(4_000, 10, 3);
  assert.deepEqual(pulse.rates(read), []);
});

Deno.test("figures are written for people", () => {
  assert.deepEqual([count(12_345), count(1_234_567)], ["12,345", "1.2M"]);
  assert.deepEqual([
    duration(0),
    duration(0.419),
    duration(12.4),
    duration(3_400),
    duration(7_300_000),
  ], ["0 ms", "0.42 ms", "12 ms", "3.4 s", "2 h"]);
  assert.deepEqual([ago(0, 500), ago(0, 5_000), ago(0, 120_000)], [
    "now",
    "5 s ago",
    "2 min ago",
  ]);
  assert.deepEqual([perSecond(0), perSecond(0.01), perSecond(2.34)], [
    "0",
    "<0.1",
    "2.3",
  ]);
  assert.equal(bytes(1_536), "1.5 KiB");
  assert.equal(preview({ $binary: "AA==", bytes: 1 }), "(1 B of binary data)");
  assert.equal(preview({ text: "y".repeat(500) }).length, 160);
});

Deno.test("the whole page weighs less than 150 kB on the wire, with a quarter of an hour of figures", async () => {
  await using bus = new MessageBus();
  const clock = new VirtualClock();
  const app = createInspector(bus, { token: false, clock });
  const stream = await app.request("/api/events?stats=true");
  const reader = stream.body?.getReader();
  const sender = bus.agent("sender");
  for (let second = 0; second < 1_000; second++) {
    await reader?.read();
    for (let n = 0; n < second * 7 % 23; n++) {
      await sender.publish(`t.${n}`, n);
    }
    await clock.advance(1_000);
  }
  await reader?.cancel();
  assert.equal((await call(app, "GET", "/api/pulses")).value.length, 900);
  let bytes = 0;
  const paths = ["/api/pulses", ...ASSETS.map(({ name }) => `/page/${name}`)];
  for (const path of paths) {
    const headers = { "accept-encoding": "gzip, br" };
    const response = await app.request(path, { headers });
    assert.equal(response.headers.get("content-encoding"), "gzip", path);
    bytes += (await response.arrayBuffer()).byteLength;
  }
  assert.ok(bytes > 20_000 && bytes < 150_000, `${bytes} bytes`);
});

Deno.test("VERSION is that of the package", async () => {
  const text = await Deno.readTextFile(
    new URL("../../deno.json", import.meta.url),
  );
  assert.equal(VERSION, JSON.parse(text).version);
});

Deno.test("readAddress() takes apart what address() makes, and never throws", () => {
  const part = fc.string({ unit: "binary" });
  fc.assert(fc.property(part, part, (parameter, value) => {
    const hash = address("messages", parameter, { q: value });
    const expected = value === "" ? {} : { q: value };
    assert.deepEqual(readAddress(hash), {
      ...{ view: "messages", parameter, query: expected },
    });
  }));
  fc.assert(fc.property(part, (hash) => void readAddress(hash)));
});

Deno.test("MessageStore keeps what it has seen in order, brings it up to date, and tells of a gap", () => {
  const entry = (id: string, outcome = "pending") => ({
    ...{ message: { id }, outcome },
  });
  const store = new MessageStore();
  assert.deepEqual(store.takeNewest([entry("3"), entry("2")]), {
    ...{ added: 2, hasGap: false },
  });
  store.takeOlder([entry("2"), entry("1")]);
  assert.deepEqual(store.takeNewest([entry("4"), entry("3", "acked")]), {
    ...{ added: 1, hasGap: false },
  });
  assert.deepEqual(
    store.entries.map((one: { message: { id: string }; outcome: string }) =>
      one.message.id + one.outcome
    ),
    ["4pending", "3acked", "2pending", "1pending"],
  );
  assert.equal(store.takeNewest([entry("9"), entry("8")]).hasGap, true);
  const many = Array.from({ length: 12_000 }, (_, n) => entry(`old ${n}`));
  store.takeOlder(many);
  assert.deepEqual([store.entries.length, store.isFull], [10_000, true]);
});

Deno.test("HeldList keeps what is shown in place and up to date, until what is new is asked for", () => {
  const list = new HeldList(({ name }: { name: string }) => name);
  const take = (...names: string[]) =>
    list.take(names.map((name) => ({ name: name.slice(0, 1), state: name })));
  const shown = () => list.items.map(({ state }) => state);
  take("b1", "a1");
  assert.deepEqual([shown(), list.waiting], [["b1", "a1"], 0]);
  take("c1", "a2", "b2");
  assert.deepEqual([shown(), list.waiting], [["b2", "a2"], 1]);
  take("c1", "a3");
  assert.deepEqual(shown(), ["b2", "a3"]);
  list.release();
  assert.deepEqual([shown(), list.waiting], [["c1", "a3"], 0]);
});

Deno.test("planSequence() joins a reply to its request, and tells of attempts and silences", () => {
  const message = (n: number, type: string, sender: string, at: number) => ({
    message: { id: `${n}`, type, sender, requestId: "r", timestamp: at },
    outcome: "delivered",
    deliveries: type === "request"
      ? [{ agent: "b", attempt: 1 }, { agent: "b", attempt: 2 }]
      : [],
  });
  const { lanes, rows } = planSequence([
    message(1, "request", "a", 0),
    { ...message(2, "response", "b", 5_000) },
  ]);
  assert.deepEqual(lanes, ["a", "b"]);
  assert.deepEqual(rows[0].attempts, { b: 2 });
  assert.deepEqual([rows[1].answers, rows[1].silenceMs], [0, 5_000]);
});

Deno.test("layOut() puts senders before those they send to, circles and crowds included", () => {
  const link = (from: string, to: string) => ({
    ...{ from, to, messages: 1, failed: 0, replies: 0 },
  });
  const agents = ["a", "b", "c"].map((name) => ({ name }));
  const { nodes, links } = layOut({
    agents: [],
    links: [link("a", "b"), link("b", "c"), link("c", "a")],
  }, agents);
  const x = (name: string) =>
    nodes.find((node: { name: string }) => node.name === name)?.x ?? -1;
  assert.ok(x("a") < x("b") && x("b") < x("c"));
  assert.equal(links.length, 3);
  const crowd = Array.from({ length: 80 }, (_, n) => ({ name: `n${n}` }));
  assert.equal(layOut({ agents: [], links: [] }, crowd).left, 50);
});
