import assert from "node:assert/strict";
import fc from "fast-check";
import { sleep } from "../../core/clock.ts";
import { isBusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { parseRecording } from "../../testing/parse_recording.ts";
import { recordConversation } from "../../testing/record_conversation.ts";
import type { Recording } from "../../testing/recording.ts";
import { compareRecordings } from "../../testing/recording_differences.ts";
import { TestBus } from "../../testing/test_bus.ts";
import { memoryTransport } from "../../transports/memory.ts";
import { liveADay, startCoder } from "./crew.ts";

Deno.test("recordConversation() keeps what crossed the bus, in order, with times from its start", async () => {
  await using bus = new TestBus();
  await bus.clock.advance(500);
  startCoder(bus);
  await bus.agent("audit").subscribe("jobs.*", () => {});
  await liveADay(bus);
  const { agents, messages } = recordConversation(bus);
  assert.deepEqual(agents, ["audit", "boss", "coder", "me", "model"]);
  assert.deepEqual(messages.slice(0, 5), [
    {
      ...{ atMs: 0, type: "direct", sender: "me", recipient: "coder" },
      ...{ payload: "one", requiresAck: true },
    },
    {
      ...{ atMs: 0, type: "request", sender: "coder", recipient: "model" },
      ...{ payload: "one", correlationId: messages[1]?.correlationId },
    },
    {
      ...{ atMs: 250, type: "response", sender: "model", recipient: "coder" },
      ...{ request: 1, payload: "ONE" },
      ...{ correlationId: messages[1]?.correlationId },
    },
    {
      ...{ atMs: 250, type: "publish", sender: "coder", topic: "jobs.done" },
      payload: { job: "one", answer: "ONE" },
    },
    {
      ...{ atMs: 250, type: "direct", sender: "coder", recipient: "boss" },
      ...{ payload: "one is done", priority: 70 },
    },
  ]);
  assert.deepEqual(
    messages.slice(15).map(({ type, request }) => [type, request]),
    [
      ["request", undefined],
      ["response", 15],
      ["request", undefined],
      ["error", 17],
    ],
  );
});

Deno.test("a recording is what it was after it was written and read", async () => {
  await using bus = new TestBus();
  const ada = bus.agent("ada");
  bus.agent("worker").receive(() => {});
  const headers = { "content-type": "text/plain" };
  await ada.send("worker", Uint8Array.of(0, 255, 7), { headers, ttlMs: 9_000 });
  await ada.publish("a.b", { n: [1, null, "x"] }, { correlationId: "talk" });
  const recording = recordConversation(bus);
  const read = parseRecording(JSON.stringify(recording));
  assert.deepEqual(read, recording);
  assert.equal(read.messages[0]?.bytes, "AP8H");
  assert.deepEqual(compareRecordings(recording, read, ["ada"]), []);
});

Deno.test("recordConversation() records one conversation, or what is new", async () => {
  await using bus = new TestBus();
  const ada = bus.agent("ada");
  bus.agent("bob").receive(() => {});
  const payloads = (recording: Recording) =>
    recording.messages.map(({ atMs, payload }) => `${payload}@${atMs}`);
  await ada.send("bob", "a", { correlationId: "one" });
  await bus.clock.advance(10);
  const since = bus.clock.now();
  await ada.send("bob", "b", { correlationId: "two" });
  await bus.clock.advance(5);
  await ada.send("bob", "c", { correlationId: "one" });
  assert.deepEqual(payloads(recordConversation(bus)), ["a@0", "b@10", "c@15"]);
  const one = recordConversation(bus, { correlationId: "one" });
  assert.deepEqual(payloads(one), ["a@0", "c@15"]);
  assert.deepEqual(payloads(recordConversation(bus, { since })), [
    "b@0",
    "c@5",
  ]);
});

Deno.test("a wall clock that is set back turns no time of a recording around", async () => {
  await using bus = new TestBus();
  const ada = bus.agent("ada");
  await ada.publish("a", 1);
  await bus.clock.advance(50);
  await ada.publish("a", 2);
  bus.clock.setWall(0);
  await ada.publish("a", 3);
  const { messages } = recordConversation(bus);
  assert.deepEqual(messages.map(({ atMs }) => atMs), [0, 50, 50]);
});

Deno.test("recordConversation() records agents that connect, and a reply only with its request", async () => {
  await using bus = new TestBus();
  const far = await bus.connect(memoryTransport(), { name: "far" });
  far.respond(() => ({ ok: true }));
  await bus.clock.advance(0);
  const ada = bus.agent("ada");
  await ada.request("far", { n: 1 });
  const whole = recordConversation(bus);
  assert.deepEqual(whole.messages.map(({ payload }) => payload), [{ n: 1 }, {
    ok: true,
  }]);
  const slow = bus.agent("slow");
  slow.respond(() => sleep(bus.clock, 10));
  const asked = ada.request("slow", null);
  await bus.clock.advance(5);
  const since = bus.clock.now();
  await bus.clock.advance(10);
  await asked;
  assert.throws(() => recordConversation(bus, { since }), RangeError);
});

Deno.test("a conversation that is too long, or not remembered, is not recorded", async () => {
  await using bus = new TestBus({
    history: { maxEntries: LIMITS.maxRecordedMessages + 1 },
  });
  assert.throws(() => recordConversation(bus), RangeError);
  const ada = bus.agent("ada");
  for (let n = 0; n < LIMITS.maxRecordedMessages; n++) {
    await ada.publish("a", n);
  }
  assert.equal(recordConversation(bus).messages.length, 10_000);
  await ada.publish("a", -1);
  assert.throws(
    () => recordConversation(bus),
    /at most 10000 messages: 10001 match/,
  );
});

Deno.test("a document that is no recording is refused, and the error says where", () => {
  const message = { atMs: 5, type: "direct", sender: "a", payload: 1 };
  const request = { ...message, type: "request", recipient: "b" };
  const good = { format: "busbar-recording", version: 1, agents: ["a", "b"] };
  const withMessages = (...messages: unknown[]) => ({ ...good, messages });
  const reply = (request: unknown) => ({ ...message, request });
  const deep = JSON.parse("[".repeat(100) + "]".repeat(100));
  const bad: [unknown, RegExp][] = [
    ["{", /as it must be JSON: /],
    [[], /it must be an object: current value is a list/],
    [{ ...good, format: "har" }, /format must be "busbar-recording": .*"har"/],
    [{ ...good, version: 2 }, /version must be 1: current value is 2/],
    [{ ...good, version: "1" }, /version must be 1/],
    [{ ...good, agents: "a", messages: [] }, /agents must be a list/],
    [{ ...good, agents: ["a b"], messages: [] }, /agents\[0\] must be a name/],
    [good, /messages must be a list of at most 10000/],
    [withMessages(message, 7), /messages\[1\] must be an object/],
    [withMessages({ ...message, atMs: -1 }), /messages\[0\]\.atMs/],
    [withMessages(message, { ...message, atMs: 4 }), /\[1\]\.atMs .* 5:/],
    [withMessages({ ...message, type: "talk" }), /messages\[0\]\.type/],
    [withMessages({ ...message, sender: "c" }), /\[0\]\.sender must be one of/],
    [withMessages({ ...message, recipient: "c" }), /\[0\]\.recipient/],
    [withMessages({ ...message, recipent: "b" }), /\[0\] .* "recipent"/],
    [withMessages({ ...message, topic: "a b" }), /messages\[0\] .* topic/],
    [withMessages({ ...message, priority: 101 }), /messages\[0\] .* priority/],
    [
      withMessages({ ...message, headers: { a: 1 } }),
      /messages\[0\] .*headers/,
    ],
    [withMessages({ ...message, payload: undefined }), /\[0\]\.bytes/],
    [withMessages({ ...message, bytes: "AA==" }), /\[0\]\.bytes/],
    [
      withMessages({ ...message, payload: undefined, bytes: "%%" }),
      /\[0\]\.bytes must be base64/,
    ],
    [withMessages({ ...message, payload: deep }), /\[0\] .* 64 levels/],
    [withMessages(message, reply(0)), /\[1\]\.request/],
    [withMessages(reply(0)), /\[0\]\.request/],
    [withMessages(request, reply("0")), /\[1\]\.request/],
    [withMessages(reply(1), request), /\[0\]\.request/],
  ];
  for (const [document, problem] of bad) {
    const text = typeof document === "string"
      ? document
      : JSON.stringify(document);
    assert.throws(
      () => parseRecording(text),
      (error) =>
        isBusError(error) && error.code === "invalid_message" &&
        error.message.startsWith("Cannot read recording as ") &&
        problem.test(error.message),
      text,
    );
  }
  parseRecording(JSON.stringify(withMessages(request, reply(0))));
});

Deno.test("whatever is written into a document, it is read as it is, or refused with the bus's error", async () => {
  await using bus = new TestBus();
  startCoder(bus);
  await liveADay(bus);
  const text = JSON.stringify(recordConversation(bus));
  const places = text.length;
  fc.assert(
    fc.property(
      fc.nat(places - 1),
      fc.oneof(fc.constant(""), fc.json(), fc.string({ unit: "binary" })),
      fc.nat(40),
      (at, inserted, skipped) => {
        const changed = text.slice(0, at) + inserted + text.slice(at + skipped);
        try {
          const read = parseRecording(changed);
          assert.deepEqual(read, JSON.parse(changed));
        } catch (error) {
          assert.ok(isBusError(error), String(error));
          assert.equal(error.code, "invalid_message");
          assert.ok(error.message.length < 1_000, error.message);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

Deno.test("a document that is too large is refused before it is looked at", () => {
  const text = " ".repeat(LIMITS.maxRecordingChars + 1);
  assert.throws(() => parseRecording(text), {
    code: "invalid_message",
    message:
      "Cannot read recording as it must be at most 67108864 characters: current value is 67108865",
  });
});
