import assert from "node:assert/strict";
import { createInspector } from "../../inspector/mod.ts";
import { MessageBus } from "../../mod.ts";

async function metricsOf(bus: MessageBus): Promise<string> {
  const response = await createInspector(bus, { token: false }).request(
    "/metrics",
  );
  assert.equal(
    response.headers.get("content-type"),
    "text/plain; version=0.0.4; charset=utf-8",
  );
  return await response.text();
}

Deno.test("/metrics describes every sample in Prometheus's text format", async () => {
  await using bus = new MessageBus({ name: 'a "bus" \\ of\nmine' });
  bus.agent("coder").receive(() => {});
  await bus.send({
    type: "direct",
    sender: "a",
    recipient: "coder",
    topic: "t",
    payload: 1,
  });
  const text = await metricsOf(bus);
  assert.ok(text.endsWith("\n"));
  const typed = new Set<string>();
  for (const line of text.trimEnd().split("\n")) {
    const header = /^# (HELP|TYPE) (busbar_[a-z_]+) (.+)$/.exec(line);
    if (header?.[1] === "TYPE") typed.add(header[2] ?? "");
    if (header) continue;
    const sample =
      /^(busbar_[a-z_]+)(\{[a-z]+="(?:[^"\\\n]|\\["\\n])*"\})? (\d+(?:\.\d+)?(?:e-\d+)?)$/
        .exec(line);
    assert.ok(sample, line);
    assert.ok(typed.has(sample[1] ?? ""), line);
  }
  assert.match(text, /^busbar_messages_total\{type="direct"\} 1$/m);
  assert.match(text, /^busbar_topic_messages_total\{topic="t"\} 1$/m);
  assert.match(text, /^busbar_info\{bus="a \\"bus\\" \\\\ of\\nmine"\} 1$/m);
});

Deno.test("/metrics names a hundred topics, and adds up the rest", async () => {
  await using bus = new MessageBus();
  for (let n = 0; n < 130; n++) {
    await bus.send({
      type: "publish",
      sender: "a",
      topic: `t.${n}`,
      payload: n,
    });
  }
  await bus.send({ type: "publish", sender: "a", topic: "t.129", payload: 1 });
  const lines = (await metricsOf(bus)).split("\n").filter((line) =>
    line.startsWith("busbar_topic_messages_total{")
  );
  assert.equal(lines.length, 101);
  assert.equal(lines[0], 'busbar_topic_messages_total{topic="t.129"} 2');
  assert.equal(lines.at(-1), 'busbar_topic_messages_total{topic="(other)"} 30');
});

Deno.test("/metrics counts the topics that the bus itself does not name", async () => {
  await using bus = new MessageBus({ history: false });
  for (let n = 0; n < 10_005; n++) {
    await bus.send({
      type: "publish",
      sender: "a",
      topic: `t.${n}`,
      payload: n,
    });
  }
  assert.match(
    await metricsOf(bus),
    /^busbar_topic_messages_total\{topic="\(other\)"\} 9905$/m,
  );
});

Deno.test("/metrics and /api/stats give the same figures", async () => {
  await using bus = new MessageBus();
  for (let n = 0; n < 7; n++) {
    await bus.send({ type: "publish", sender: "a", topic: "t", payload: n });
  }
  const stats = bus.stats();
  const text = await metricsOf(bus);
  assert.match(text, new RegExp(`^busbar_sent_total ${stats.totalSent}$`, "m"));
  assert.match(
    text,
    new RegExp(`^busbar_dropped_total ${stats.totalDropped}$`, "m"),
  );
  assert.match(
    text,
    new RegExp(`^busbar_pending ${stats.pendingMessages}$`, "m"),
  );
});
