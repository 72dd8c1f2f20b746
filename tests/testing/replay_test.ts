import assert from "node:assert/strict";
import { sleep } from "../../core/clock.ts";
import type { Message } from "../../core/message.ts";
import { parseRecording } from "../../testing/parse_recording.ts";
import { recordConversation } from "../../testing/record_conversation.ts";
import type { Recording } from "../../testing/recording.ts";
import { replayConversation } from "../../testing/replay_conversation.ts";
import { TestBus } from "../../testing/test_bus.ts";
import { memoryTransport } from "../../transports/memory.ts";
import { type CoderChanges, liveADay, startCoder } from "./crew.ts";

Deno.test("the agents that were recorded pass their own recording, with other ids", async () => {
  const recording = await recordADay();
  await using bus = new TestBus({ seed: 2 });
  startCoder(bus);
  const again = await replayConversation(bus, recording, {
    underTest: ["coder"],
  });
  assert.deepEqual(withoutIds(again), withoutIds(recording));
  assert.deepEqual(bus.agents().map(({ name }) => name), ["coder"]);
});

Deno.test("what several agents under test send each other is their own", async () => {
  const recording = await recordADay();
  await using bus = new TestBus();
  startCoder(bus);
  bus.agent("model").respond<string>(({ payload }) => payload.toUpperCase());
  await replayConversation(bus, recording, { underTest: ["coder", "model"] });
  await using other = new TestBus();
  startCoder(other);
  other.agent("model").respond<string>(({ payload }) => payload);
  await assert.rejects(
    replayConversation(other, recording, { underTest: ["coder", "model"] }),
    /: 6 differences/,
  );
});

Deno.test("a payload that is different is reported with its place, what was expected and what came", async () => {
  const text = await reportOf({
    result: (answer) => answer === "TWO" ? "2" : answer,
  });
  assert.equal(
    text,
    "Expected the agents under test to send what the recording says: one difference\n" +
      '  different: message 5 of "coder", at 1250 ms: publish from "coder" on "jobs.done": {"job":"two","answer":"TWO"}\n' +
      '    payload: expected {"job":"two","answer":"TWO"}, it sent {"job":"two","answer":"2"}',
  );
});

Deno.test("what is missing is reported with its place, and nothing else is", async () => {
  const text = await reportOf({ isQuiet: true });
  const [head, ...lines] = text.split("\n");
  assert.match(head ?? "", /: 3 differences$/);
  assert.deepEqual(lines, [
    '  missing: message 3 of "coder", at 250 ms: direct from "coder" to "boss": "one is done"',
    '  missing: message 6 of "coder", at 1250 ms: direct from "coder" to "boss": "two is done"',
    '  missing: message 9 of "coder", at 2250 ms: direct from "coder" to "boss": "three is done"',
  ]);
});

Deno.test("what is unexpected is reported with its place among what was sent", async () => {
  const text = await reportOf({ isChatty: true });
  const [, first, ...others] = text.split("\n");
  assert.equal(
    first,
    '  unexpected: message 4 of "coder", at 250 ms: direct from "coder": "hello"',
  );
  assert.equal(others.length, 2);
});

Deno.test("an agent that does nothing at all fails, and the report lists as much as helps", async () => {
  const recording = await recordADay();
  const [first] = recording.messages;
  assert.ok(first);
  const many: Recording = {
    ...recording,
    messages: [
      first,
      ...Array.from({ length: 30 }, () => ({
        ...{ atMs: 1, type: "publish", sender: "coder", topic: "a" } as const,
        payload: null,
      })),
    ],
  };
  await using bus = new TestBus();
  bus.agent("coder").receive(() => {});
  const replayed = replayConversation(bus, many, { underTest: ["coder"] });
  await assert.rejects(replayed, ({ message }: Error) => {
    assert.match(message, /: 30 differences\n/);
    assert.match(message, /\n {2}and 10 more$/);
    assert.equal(message.split("\n").length, 22);
    return true;
  });
});

Deno.test("an agent under test that is not there is told from one that is silent", async () => {
  const recording = await recordADay();
  await using bus = new TestBus();
  const replayed = replayConversation(bus, recording, { underTest: ["coder"] });
  await assert.rejects(
    replayed,
    /not taken again: at 3000 ms: request from "me" to "coder": "status\?": .*nobody serves "coder"/,
  );
});

Deno.test("inputs come at their recorded times, and an agent may take longer than the recording", async () => {
  const whole = await recordADay();
  const jobs = whole.messages.filter(({ atMs }) => atMs < 3_000);
  const recording = { ...whole, messages: jobs };
  const replay = async (withinMs: number) => {
    await using bus = new TestBus();
    const times: number[] = [];
    const coder = bus.agent("coder");
    coder.receive(async ({ payload }) => {
      times.push(bus.clock.monotonic());
      await sleep(bus.clock, 10_000);
      const { payload: answer } = await coder.request("model", payload);
      await coder.publish("jobs.done", { job: payload, answer });
      await coder.send("boss", `${payload} is done`, { priority: 70 });
    }, { concurrency: 3 });
    const options = { underTest: ["coder"], withinMs };
    try {
      await replayConversation(bus, recording, options);
    } finally {
      assert.deepEqual(times, [0, 1_000, 2_000]);
    }
  };
  await assert.rejects(replay(9_999), /: 2 differences\n {2}missing/);
  await replay(10_000);
});

Deno.test("a bus that forgets what it replays is no judge", async () => {
  const recording = await recordADay();
  for (const history of [false, { maxEntries: 18 }] as const) {
    await using bus = new TestBus({ history });
    startCoder(bus);
    await assert.rejects(
      replayConversation(bus, recording, { underTest: ["coder"] }),
      /its history has (0|18) of 19 messages/,
    );
  }
});

Deno.test("a streamed reply is asked for, and played, piece by piece", async () => {
  const start = (bus: TestBus, pieces: unknown[]) =>
    bus.agent("coder").respond(async function* () {
      for await (const word of bus.agent("helper").stream<string>("model", 1)) {
        pieces.push([word, bus.clock.monotonic()]);
        yield `${word}!`;
      }
    });
  await using bus = new TestBus();
  const heard: unknown[] = [];
  start(bus, heard);
  bus.agent("model").respond(async function* () {
    for (const word of ["a", "b", "c"]) {
      await sleep(bus.clock, 100);
      yield word;
    }
  });
  const asked = Array.fromAsync(bus.agent("me").stream("coder", 0));
  await bus.clock.advance(1_000);
  assert.deepEqual(await asked, ["a!", "b!", "c!"]);
  const recording = recordConversation(bus);

  await using again = new TestBus();
  const pieces: unknown[] = [];
  start(again, pieces);
  await replayConversation(again, recording, {
    underTest: ["coder", "helper"],
  });
  assert.deepEqual(pieces, heard);
  assert.deepEqual(pieces, [["a", 100], ["b", 200], ["c", 300]]);
});

Deno.test("a request is answered as it was, whenever it comes: with an error, or with nothing", async () => {
  const start = (bus: TestBus, questions: string[]) => {
    const coder = bus.agent("coder");
    const ask = async (question: string) => {
      try {
        const asked = coder.request("model", question, { timeoutMs: 500 });
        await coder.publish("heard", [question, (await asked).payload]);
      } catch (error) {
        await coder.publish("heard", [question, (error as Error).message]);
      }
    };
    coder.receive(() => Promise.all(questions.map(ask)).then(() => {}));
  };
  await using bus = new TestBus();
  start(bus, ["one", "two", "two", "error", "nothing"]);
  let count = 0;
  bus.agent("model").respond(({ payload }) => {
    if (payload === "error") throw new Error("what?");
    return payload === "nothing" ? new Promise(() => {}) : ++count;
  });
  await bus.agent("me").send("coder", "go");
  await bus.clock.advance(1_000);
  const recording = recordConversation(bus);

  await using again = new TestBus();
  const heard = again.probe("audit");
  await heard.subscribe("heard");
  start(again, ["nothing", "two", "error", "one", "two"]);
  const replayed = replayConversation(again, recording, {
    underTest: ["coder"],
  });
  await assert.rejects(replayed, /differences/);
  assert.deepEqual(
    heard.messages.map(({ payload }) => (payload as string[]).join(": "))
      .toSorted(),
    [
      "error: what?",
      'nothing: No reply from "model" within 500 ms: a responder has it in hand',
      "one: 1",
      "two: 2",
      "two: 3",
    ],
  );
});

Deno.test("another priority is a difference, and so is a request that is never answered", async () => {
  await using bus = new TestBus();
  const start = (bus: TestBus, changed: boolean) => {
    const coder = bus.agent("coder");
    coder.respond(async ({ sender }) => {
      await coder.send(sender, "begun", { priority: changed ? 20 : 80 });
      return changed ? await new Promise(() => {}) : "done";
    });
  };
  start(bus, false);
  const me = bus.agent("me");
  me.receive(() => {});
  await me.request("coder", 1);
  await bus.clock.advance(0);
  const recording = recordConversation(bus);
  await using again = new TestBus();
  start(again, true);
  const replayed = replayConversation(again, recording, {
    underTest: ["coder"],
  });
  assert.deepEqual((await failureOf(replayed)).message.split("\n").slice(1), [
    '  different: message 1 of "coder", at 0 ms: direct from "coder" to "me": "begun"',
    "    priority: expected 80, it sent 20",
    '  missing: message 2 of "coder", at 0 ms: response from "coder" to "me": "done"',
  ]);
});

Deno.test("an agent under test may be one that connects, and messages may be bytes", async () => {
  const start = async (bus: TestBus) => {
    const echo = await bus.connect(memoryTransport(), { name: "echo" });
    echo.receive<Uint8Array>(async ({ sender, payload }) => {
      await echo.send(sender, payload.toReversed());
    });
  };
  await using bus = new TestBus();
  await start(bus);
  bus.agent("me").receive(() => {});
  await bus.send({
    ...{ type: "direct", sender: "me", recipient: "echo" } as const,
    payload: Uint8Array.of(1, 2, 255),
  });
  await bus.clock.advance(10);
  const text = JSON.stringify(recordConversation(bus));
  await using again = new TestBus();
  await start(again);
  const recording = parseRecording(text);
  const { messages } = await replayConversation(again, recording, {
    underTest: ["echo"],
  });
  assert.equal(messages[1]?.bytes, "/wIB");
});

Deno.test("broadcasts, publishes and messages in nobody's name are played as what they were", async () => {
  const start = async (bus: TestBus) => {
    const coder = bus.agent("coder");
    const tell = async ({ type, sender, topic, payload }: Message) => {
      await coder.publish("heard", [type, sender, topic ?? null, payload]);
    };
    coder.receive(tell);
    await coder.subscribe("jobs.>", tell);
  };
  await using bus = new TestBus();
  await start(bus);
  const me = bus.agent("me");
  await me.broadcast("all", { topic: "x" });
  await me.publish("jobs.new", 1, { headers: { a: "b" } });
  const control = { type: "control", sender: "gateway" } as const;
  await bus.send({ ...control, recipient: "coder", payload: "stop" });
  await bus.clock.advance(0);
  const recording = recordConversation(bus);
  assert.equal(recording.messages.length, 6);
  await using again = new TestBus();
  await start(again);
  const played = await replayConversation(again, recording, {
    underTest: ["coder"],
  });
  assert.deepEqual(withoutIds(played), withoutIds(recording));
});

Deno.test("an agent that can bear faults does with them what it did without, and one that cannot is found", async () => {
  const recording = await recordADay();
  const replay = async (canBear: boolean) => {
    await using bus = new TestBus();
    const done = new Set<string>();
    const start = () =>
      startCoder(bus, {
        isKnown: ({ id }) => canBear && done.size === done.add(id).size,
      });
    start();
    bus.faults.inject({ kind: "duplicate", times: 2 });
    bus.faults.inject({ kind: "throw", type: "direct", times: 1 });
    await replayConversation(bus, recording, {
      ...{ underTest: ["coder"], withinMs: 60_000 },
    });
    assert.equal(bus.faults.injected.length, 3);
    assert.equal(
      bus.faults.injected.every(({ agent }) => agent === "coder"),
      true,
    );
  };
  await replay(true);
  await assert.rejects(replay(false), /unexpected/);
});

Deno.test("a replay leaves out what its bus did before", async () => {
  const recording = await recordADay();
  await using bus = new TestBus();
  startCoder(bus);
  await bus.agent("other").publish("jobs.done", "before");
  await bus.agent("coder").publish("jobs.done", "before");
  await replayConversation(bus, recording, { underTest: ["coder"] });
});

Deno.test("a replay that could not fail is refused", async () => {
  const recording = await recordADay();
  await using bus = new TestBus();
  const replay = (underTest: string[], withinMs?: number) =>
    replayConversation(bus, recording, { underTest, withinMs });
  await assert.rejects(replay([]), RangeError);
  await assert.rejects(replay(["codr"]), /there is no "codr"/);
  await assert.rejects(replay(["coder"], -1), RangeError);
  const wrong = { ...recording, version: 2 } as unknown as Recording;
  await assert.rejects(
    replayConversation(bus, wrong, { underTest: ["coder"] }),
    { code: "invalid_message" },
  );
});

/** What a coder that differs is told after a replay of the first one's day. */
async function reportOf(changes: CoderChanges): Promise<string> {
  const recording = await recordADay();
  await using bus = new TestBus();
  startCoder(bus, changes);
  const replayed = replayConversation(bus, recording, { underTest: ["coder"] });
  return (await failureOf(replayed)).message;
}

async function failureOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof assert.AssertionError, String(error));
    return error;
  }
  assert.fail("it did not fail");
}

async function recordADay(): Promise<Recording> {
  await using bus = new TestBus();
  startCoder(bus);
  await liveADay(bus);
  return recordConversation(bus);
}

function withoutIds({ messages, agents }: Recording): unknown {
  return [agents, messages.map(({ correlationId: _, ...rest }) => rest)];
}
