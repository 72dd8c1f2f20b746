import assert from "node:assert/strict";
import { Display } from "../../inspector/display.ts";
import { EventLog } from "../../inspector/event_log.ts";
import { EventSourceOfBus } from "../../inspector/event_source.ts";
import type { Inspector } from "../../inspector/mod.ts";
import { Redaction } from "../../inspector/redaction.ts";
import { MessageBus, systemRandom } from "../../mod.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { createInspector } from "./inspector_fixture.ts";

/** Reads a stream of events piece by piece, as text. */
class EventText implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<string>;
  text = "";

  constructor(body: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = body.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Reads on until `part` has come. */
  async until(part: string): Promise<string> {
    while (!this.text.includes(part)) {
      const { done, value } = await this.#reader.read();
      if (done) {
        throw new Error(
          `the stream ended before ${JSON.stringify(part)}: ${this.text}`,
        );
      }
      this.text += value;
    }
    return this.text;
  }

  /** Reads on until the stream ends. */
  async end(): Promise<string> {
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) return this.text;
      this.text += value;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#reader.cancel();
  }
}

async function open(
  app: Inspector,
  query = "",
  headers: Record<string, string> = {},
): Promise<EventText> {
  const response = await app.request(`/api/events${query}`, { headers });
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  assert.ok(response.body);
  const events = new EventText(response.body);
  await events.until(": connected");
  return events;
}

Deno.test("GET /api/events sends what happens on the bus, numbered", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: false });
  await using events = await open(app);
  const id = await bus.send({
    type: "publish",
    sender: "a",
    topic: "t",
    payload: Uint8Array.of(1),
  });
  const text = await events.until("message_accepted");
  assert.match(text, /^id: [0-9a-z]+-\d+$/m);
  const line =
    text.split("\n").find((part) => part.includes("message_accepted")) ?? "";
  const event = JSON.parse(line.slice("data: ".length));
  assert.equal(event.message.id, id);
  assert.deepEqual(event.message.payload, { $binary: "AQ==", bytes: 1 });
});

Deno.test("GET /api/events sends figures when asked to", async () => {
  await using bus = new MessageBus({ name: "figures" });
  const app = createInspector(bus, { token: false });
  await using events = await open(app, "?stats=true");
  const text = await events.until("event: stats\n");
  assert.match(await events.until('"name":"figures"'), /"totalMessages":0/);
  assert.ok(!text.includes("perTopic"));
});

Deno.test("GET /api/events says how many events were left out", async () => {
  await using bus = new MessageBus();
  const clock = new VirtualClock();
  const app = createInspector(bus, { token: false, clock });
  await using events = await open(app);
  bus.agent("first");
  await events.until("agent_joined");
  // More than the stream writes in the time, and less than is left unread.
  for (let turn = 0; turn < 3; turn++) {
    for (let n = 0; n < 400; n++) {
      await bus.send({ type: "publish", sender: "a", topic: "t", payload: n });
    }
    await clock.advance(100);
  }
  const reading = events.until("event: lost");
  while (clock.timers > 0 && !events.text.includes("event: lost")) {
    await clock.advance(100);
  }
  const lost = /event: lost\ndata: \{"lost":(\d+)\}/.exec(await reading);
  assert.ok(Number(lost?.[1]) >= 200, `${lost?.[0]}`);
});

Deno.test("GET /api/events stays alive in silence", async () => {
  await using bus = new MessageBus();
  const clock = new VirtualClock();
  const app = createInspector(bus, { token: false, clock });
  await using events = await open(app);
  const reading = events.until(": alive");
  await clock.advance(15_000);
  await reading;
});

Deno.test("GET /api/events ends with the bus, and with the inspector's signal", async () => {
  const bus = new MessageBus();
  const ending = new AbortController();
  const app = createInspector(bus, { token: false, signal: ending.signal });
  await using first = await open(app);
  ending.abort();
  await first.end();
  const second = await open(createInspector(bus, { token: false }));
  await bus.close();
  assert.match(await second.end(), /"type":"closed"/);
});

Deno.test("GET /api/events serves sixteen readers, and a seventeenth once one has left", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: false });
  await using streams = new AsyncDisposableStack();
  const first = await open(app);
  for (let n = 1; n < 16; n++) streams.use(await open(app));
  const refused = await app.request("/api/events");
  assert.equal(refused.status, 503);
  assert.equal((await refused.json()).error.code, "too_many_streams");
  await first[Symbol.asyncDispose]();
  let answer = await app.request("/api/events");
  // Leaving is noticed a few turns of the event loop later.
  for (let turn = 0; turn < 50 && answer.status !== 200; turn++) {
    await answer.body?.cancel();
    answer = await app.request("/api/events");
  }
  assert.equal(answer.status, 200);
  await answer.body?.cancel();
});

Deno.test("GET /api/events goes on where a reader left, with nothing lost and nothing twice", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: false });
  const first = await open(app);
  bus.agent("one");
  const text = await first.until("agent_joined");
  const id = /^id: (.+)$/m.exec(text)?.[1] ?? "";
  await first[Symbol.asyncDispose]();
  bus.agent("two");
  bus.agent("three");
  const ways: [string, Record<string, string>][] = [
    ["", { "last-event-id": id }],
    [`?after=${id}`, {}],
  ];
  for (const [query, headers] of ways) {
    await using second = await open(app, query, headers);
    const missed = await second.until('"three"');
    assert.ok(missed.includes('"two"'));
    assert.equal(missed.includes('"one"'), false);
    assert.equal(missed.includes("event: lost"), false);
  }
});

Deno.test("GET /api/events tells a reader of an earlier process that it cannot know what was missed", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: false });
  for (const id of ["earlier-7", "earlier", "-", "7"]) {
    await using events = await open(app, "", { "last-event-id": id });
    await events.until('event: lost\ndata: {"lost":null}');
  }
});

Deno.test("a bus makes no events for an inspector a minute after its last reader has left", async () => {
  await using bus = new MessageBus();
  const clock = new VirtualClock();
  const app = createInspector(bus, { token: false, clock });
  const first = await open(app);
  bus.agent("one");
  const id = /^id: (.+)$/m.exec(await first.until("agent_joined"))?.[1] ?? "";
  await first[Symbol.asyncDispose]();
  while (clock.timers === 0) await Promise.resolve();
  await clock.advance(60_001);
  assert.equal(clock.timers, 0);
  await using second = await open(app, "", { "last-event-id": id });
  await second.until('{"lost":null}');
});

Deno.test("EventLog.after() loses the oldest beyond its limit, and counts them", () => {
  const log = new EventLog(new Display(new Redaction()));
  for (let n = 1; n <= 3_503; n++) {
    log.add({ type: "rules_changed", ruleId: String(n), at: 0 });
  }
  const { entries, lost, last } = log.after(3, 2);
  assert.equal(lost, 2_500);
  assert.equal(last, 2_505);
  assert.deepEqual(entries.map(ruleOf), ["2504", "2505"]);
  assert.deepEqual(log.after(3_503, 5), { entries: [], lost: 0, last: 3_503 });
  assert.equal(log.after(3_000, 1_000).entries.length, 503);
});

Deno.test("EventLog.after() does not count what is lost where events were left out", () => {
  const log = new EventLog(new Display(new Redaction()));
  const add = (count: number) => {
    for (let n = 0; n < count; n++) {
      log.add({ type: "rules_changed", ruleId: String(n), at: 0 });
    }
  };
  add(2);
  log.addGap();
  add(1);
  assert.deepEqual(log.after(1, 10).lost, 0);
  assert.equal(log.after(1, 10).entries[1], 'event: lost\ndata: {"lost":null}');
  add(1_500);
  assert.equal(log.after(2, 10).lost, null);
  assert.equal(log.after(3, 10).lost, 501);
});

Deno.test("a bus that makes more events than readers could be told is asked for samples", async () => {
  await using bus = new MessageBus();
  bus.router.addRule({ id: "switched", priority: 1 });
  let isOn = true;
  const happen = (times: number) => {
    for (let n = 0; n < times; n++) {
      bus.router.setEnabled("switched", isOn = !isOn);
    }
  };
  const clock = new VirtualClock();
  const { signal } = new AbortController();
  const source = new EventSourceOfBus({
    ...{ bus, clock, random: systemRandom, signal },
    display: new Display(new Redaction()),
  });
  const { log } = source.open();
  const reach = async (number: number) => {
    while (log.last < number) {
      await log.wait(log.last, { clock, maxMs: 1, signal });
    }
  };
  happen(1_000);
  await reach(1_001);
  assert.match(log.after(1_000, 1).entries[0] ?? "", /"lost":null/);
  happen(500);
  await clock.advance(99);
  assert.equal(log.last, 1_001, "events are read within the rest of the turn");
  await clock.advance(1);
  happen(1);
  await reach(1_002);
  assert.match(log.after(1_001, 1).entries[0] ?? "", /rules_changed/);
});

function ruleOf(entry: string): string {
  return JSON.parse(entry.slice("data: ".length)).ruleId;
}
