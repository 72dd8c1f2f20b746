import assert from "node:assert/strict";
import { MessageBus } from "../../mod.ts";
import { memoryStore } from "../../storage/memory_store.ts";
import { createInspector } from "./inspector_fixture.ts";

const PROMTOOL = await finds("promtool");

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

Deno.test({
  name: `promtool finds nothing wrong with /metrics${
    PROMTOOL ? "" : " (needs promtool)"
  }`,
  // Where every change is judged, a tool that is not there must not pass for one that agrees.
  ignore: !PROMTOOL && Deno.env.get("CI") !== "true",
  async fn() {
    assert.ok(PROMTOOL, "promtool is needed here, and is not there");
    await using bus = new MessageBus({
      ...{ name: 'a "bus" \\ of\nmine', store: memoryStore() },
      delivery: { maxAttempts: 1 },
    });
    await bus.ready();
    bus.agent("failer").receive(() => {
      throw new Error("no luck");
    });
    bus.agent("adder").respond(() => 1);
    const sender = bus.agent("sender");
    for (let n = 0; n < 110; n++) await sender.publish(`jobs.${n}`, n);
    await sender.send("failer", 1, { requiresAck: true });
    await sender.send("nobody", 1);
    await sender.request("adder", 1);
    await bus.drain();
    const text = await metricsOf(bus);
    assert.match(text, /^busbar_dead_letters\{reason="handler_failed"\} 1$/m);
    const { code, output } = await promtool(text);
    assert.deepEqual({ code, output }, { code: 0, output: "" });
    const wrong = await promtool(text.replace(/ counter$/m, " gauge"));
    assert.notEqual(wrong.code, 0, "promtool takes anything");
  },
});

/** What `promtool check metrics` says of a text. */
async function promtool(
  text: string,
): Promise<{ code: number; output: string }> {
  const tool = new Deno.Command("promtool", {
    args: ["check", "metrics"],
    ...{ stdin: "piped", stdout: "piped", stderr: "piped" },
  }).spawn();
  const input = tool.stdin.getWriter();
  await input.write(new TextEncoder().encode(text));
  await input.close();
  const { code, stdout, stderr } = await tool.output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

async function finds(program: string): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(program, {
      args: ["--version"],
    }).output();
    return success;
  } catch {
    return false;
  }
}
