import assert from "node:assert/strict";
import { EventOutbox } from "../../inspector/event_outbox.ts";
import { createInspector, type Inspector } from "../../inspector/mod.ts";
import { MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";

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

async function open(app: Inspector, query = ""): Promise<EventText> {
  const response = await app.request(`/api/events${query}`);
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
  assert.match(text, /^id: \d+$/m);
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
  // The stream now waits for its next turn, by a clock that stands still.
  for (let n = 0; n < 1_200; n++) {
    await bus.send({ type: "publish", sender: "a", topic: "t", payload: n });
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

Deno.test("EventOutbox.offer() loses the oldest beyond its limit, and counts them", () => {
  const outbox = new EventOutbox();
  for (let n = 0; n < 1_003; n++) {
    outbox.offer({ type: "rules_changed", ruleId: String(n), at: 0 });
  }
  assert.equal(outbox.takeLost(), 3);
  assert.equal(outbox.takeLost(), 0);
  const [oldest] = outbox.take(1);
  assert.ok(oldest?.type === "rules_changed" && oldest.ruleId === "3");
  outbox.end();
  assert.equal(outbox.finished, false);
  outbox.take(1_000);
  assert.equal(outbox.finished, true);
});
