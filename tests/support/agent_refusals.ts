import assert from "node:assert/strict";
import type { Agent, SendOptions } from "../../bus/agent.ts";
import {
  type AgentCases,
  type AgentStage,
  codeOf,
  failureOf,
  settled,
  turns,
} from "./agent_stage.ts";

/** What may be sent, and what is refused without a trace. */
export const agentRefusals: AgentCases = {
  "S7 every shape of JSON arrives as it was sent": async (open) => {
    await using stage = await open();
    const echo = await echoing(stage);
    const payloads = [
      null,
      true,
      false,
      0,
      -1.5e-7,
      Number.MAX_SAFE_INTEGER,
      "",
      'text with \u0000, \u{1f68c} and "quotes"',
      [],
      {},
      [[[]], [null, { a: [] }]],
      { "": 1, "a b": { c: [1, "2", false] } },
      JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}'),
    ];
    for (const payload of payloads) {
      const { there, back } = await echo(payload);
      assert.equal(JSON.stringify(there), JSON.stringify(payload));
      assert.equal(JSON.stringify(back), JSON.stringify(payload));
    }
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  },

  "bytes arrive as bytes, not as text": async (open) => {
    await using stage = await open();
    const echo = await echoing(stage);
    for (
      const bytes of [
        new Uint8Array(0),
        Uint8Array.of(0, 255, 10, 128),
        new Uint8Array(200_000).fill(7),
      ]
    ) {
      const { there, back } = await echo(bytes);
      for (const payload of [there, back]) {
        assert.ok(payload instanceof Uint8Array);
        assert.equal(payload.length, bytes.length);
        assert.ok(payload.every((byte, at) => byte === bytes[at]));
      }
    }
  },

  "nothing is null, and a property without a value is none": async (open) => {
    await using stage = await open();
    const echo = await echoing(stage);
    assert.equal((await echo(undefined)).there, null);
    const { there } = await echo({ a: 1, b: undefined });
    assert.equal(JSON.stringify(there), '{"a":1}');
  },

  "what is no JSON value is refused, and the place is named": async (open) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    await stage.join("worker");
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    for (
      const [payload, text] of [
        [
          { job: { due: new Date(0) } },
          /payload\.job\.due is an instance of Date/,
        ],
        [[1, NaN], /payload\.1 is NaN/],
        [{ run: () => 1 }, /payload\.run is a function/],
        [{ big: 1n }, /payload\.big is a bigint/],
        [[undefined], /payload\.0 is a undefined/],
        [new Map(), /payload is an instance of Map/],
        [circular, /deeper than 64 levels, or contains itself/],
      ] as const
    ) {
      const failure = await failureOf(sender.send("worker", payload));
      assert.equal(failure.code, "invalid_message");
      assert.match(failure.message, text);
    }
    await assertUntouched(stage);
  },

  "S8 P3 T4 a malformed option is refused, and changes nothing": async (
    open,
  ) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const worker = await stage.join("worker");
    worker.respond(() => assert.fail("it was not asked"));
    await settled(worker);
    const long = "x".repeat(256);
    const options: unknown[] = [
      ...[NaN, 50.5, "9", -1, 101, Infinity, null].map((priority) => ({
        priority,
      })),
      ...[NaN, -1, 1.5, "9", 2 ** 31, null].map((ttlMs) => ({ ttlMs })),
      { requiresAck: "yes" },
      { correlationId: "" },
      { correlationId: long },
      { deduplicationId: 7 },
      { topic: "a..b" },
      { headers: { n: 1 } },
      { headers: { "": "x" } },
      { headers: ["x"] },
      { headers: { big: "x".repeat(20_000) } },
    ];
    for (const option of options) {
      const given = option as SendOptions;
      const what = JSON.stringify(option);
      const sending = sender.send("worker", 1, given);
      assert.equal(await codeOf(sending), "invalid_message", what);
      const asking = sender.request("worker", 1, given);
      assert.equal(await codeOf(asking), "invalid_message", what);
    }
    await assertUntouched(stage);
  },

  "S8 a malformed name or topic is refused, and changes nothing": async (
    open,
  ) => {
    await using stage = await open();
    const sender = await stage.join("sender");
    const names = ["", "a b", "x".repeat(256), "ä", "a\n", 7, null];
    for (const name of names as string[]) {
      const sending = sender.send(name, 1);
      assert.equal(await codeOf(sending), "invalid_message", `${name}`);
      const asking = sender.request(name, 1);
      assert.equal(await codeOf(asking), "invalid_message", `${name}`);
    }
    const deep = Array(17).fill("a").join(".");
    const topics = ["", "a..b", ".a", "a.", "a.*", ">", "a b", deep, null];
    for (const topic of topics as string[]) {
      const publishing = sender.publish(topic, 1);
      assert.equal(await codeOf(publishing), "invalid_message", `${topic}`);
    }
    await assertUntouched(stage);
  },

  "a malformed handler, pattern or option of it is refused": async (open) => {
    await using stage = await open();
    const agent = await stage.join("agent");
    const handler = () => {};
    for (const pattern of ["", "a..b", ">.a", "a.>.b", "a*"]) {
      await assert.rejects(agent.subscribe(pattern, handler), pattern);
      assert.throws(() => agent.respond(handler, { topic: pattern }), pattern);
    }
    assert.throws(() => agent.receive("no" as never), TypeError);
    for (const value of [0, -1, 1.5, NaN, "2"]) {
      const number = value as number;
      for (
        const options of [
          { concurrency: number },
          { ackTimeoutMs: number },
          { maxAttempts: number },
        ]
      ) assert.throws(() => agent.receive(handler, options), RangeError);
    }
    await assert.rejects(
      agent.subscribe("a", handler, { overflow: "burst" as never }),
      RangeError,
    );
    assert.deepEqual(stage.bus.topics(), []);
  },

  "a request's timeout must be a whole number from 1": async (open) => {
    await using stage = await open();
    const asker = await stage.join("asker");
    for (const timeoutMs of [0, -1, 1.5, NaN, Infinity]) {
      const asking = asker.request("asker", 1, { timeoutMs });
      await assert.rejects(asking, RangeError);
    }
    await assertUntouched(stage);
  },
};

/** Sends a payload to an agent that answers with it: what it saw, and what came back. */
async function echoing(stage: AgentStage) {
  const sender: Agent = await stage.join("sender");
  const echo = await stage.join("echo");
  let there: unknown;
  echo.respond(({ payload }) => {
    there = payload;
    return payload;
  });
  await settled(echo);
  return async (payload: unknown) => {
    const { payload: back } = await sender.request("echo", payload);
    return { there, back };
  };
}

async function assertUntouched({ bus }: AgentStage): Promise<void> {
  await turns();
  const { totalMessages, pendingMessages, deadLetters } = bus.stats();
  assert.deepEqual([totalMessages, pendingMessages, deadLetters], [0, 0, 0]);
  assert.deepEqual(bus.history(), []);
  assert.equal(bus.requests.size, 0);
}
