import assert from "node:assert/strict";
import fc from "fast-check";
import { createInspector } from "../../inspector/mod.ts";
import {
  ago,
  bytes,
  count,
  duration,
  preview,
} from "../../inspector/page/format.js";
import { findProblems } from "../../inspector/page/problems.js";
import { Pulse } from "../../inspector/page/pulse.js";
import { readPayload, shownPayload } from "../../inspector/shown.ts";
import { MessageBus } from "../../mod.ts";

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
  const wanted = ["app.js", "app.css", "icon.svg"];
  const seen = new Set<string>();
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const response = await app.request(`/page/${name}`);
    assert.equal(response.status, 200, name);
    const text = await response.text();
    for (const [, imported = ""] of text.matchAll(/from "\.\/([^"]+)"/g)) {
      wanted.push(imported);
    }
    assert.equal(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|https?:\/\/(?!www\.w3\.org\/)/
        .test(text),
      false,
      name,
    );
  }
  assert.ok(seen.size > 15);
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
      state: "open",
      backpressure: {
        pending: 0,
        maxPending: 10,
        waiting: 0,
        saturated: false,
      },
    },
    agents: [{ name: "coder", instances: 1, mailboxDepth: 3 }],
    letters: [],
    requests: [],
    growth: { refused: 0, stale: 0, late: 0 },
    now: 1_000_000,
  };
  assert.deepEqual(findProblems(calm), []);
  const found = findProblems({
    ...calm,
    stats: {
      state: "open",
      backpressure: {
        pending: 10,
        maxPending: 10,
        waiting: 4,
        saturated: true,
      },
    },
    agents: [{ name: "coder", instances: 0, mailboxDepth: 1 }],
    letters: [{ reason: "handler_failed", failedAt: 0 }],
    requests: [{ startedAt: 900_000 }],
  });
  assert.deepEqual(
    found.map(({ level, text }) => `${level}: ${text}`),
    [
      "bad: The bus is full: 10 of 10 pending, 4 senders wait",
      "warn: 1 dead letter: 1 handler failed",
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
  assert.equal(bytes(1_536), "1.5 KiB");
  assert.equal(preview({ $binary: "AA==", bytes: 1 }), "(1 B of binary data)");
  assert.equal(preview({ text: "y".repeat(500) }).length, 160);
});
