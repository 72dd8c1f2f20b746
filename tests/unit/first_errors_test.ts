import assert from "node:assert/strict";
import { type BusEvent, MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";

/** What a failure says, with its code where it has one. */
async function textOf(attempt: () => unknown): Promise<string> {
  try {
    await attempt();
  } catch (error) {
    assert.ok(error instanceof Error);
    const { code } = error as { code?: unknown };
    return code === undefined ? error.message : `${code}: ${error.message}`;
  }
  return assert.fail("nothing failed");
}

Deno.test("a wrong name: the error says which names are served", async () => {
  await using bus = new MessageBus();
  bus.agent("coder").respond(() => "done");
  bus.agent("tester").receive(() => {});
  const boss = bus.agent("boss");
  assert.equal(
    await textOf(() => boss.request("codr", 1)),
    'no_recipient: nobody serves "codr"; served are "coder", "tester", "boss"',
  );
  assert.equal(
    await textOf(() => boss.request("tester", 1)),
    'no_recipient: "tester" is there and answers no requests: it must call respond() first, and over a connection that may take a moment',
  );
  await boss.send("codr", 1);
  const [letter] = [...bus.deadLetters];
  assert.equal(
    letter?.detail,
    'nobody serves "codr"; served are "coder", "tester", "boss"',
  );
  assert.equal(
    await textOf(() => bus.agent("my agent")),
    'Cannot add agent as its name is not well-formed: character " " at position 2 is not allowed',
  );
});

Deno.test("a bad topic: the error says where it is wrong", async () => {
  await using bus = new MessageBus();
  const boss = bus.agent("boss");
  assert.equal(
    await textOf(() => boss.publish("builds..done", 1)),
    'invalid_message: Cannot send message as its topic is not well-formed: token 2 is empty ("builds..done")',
  );
  assert.equal(
    await textOf(() => boss.publish("builds.*", 1)),
    'invalid_message: Cannot send message as its topic is not well-formed: character "*" at position 7 is not allowed ("builds.*")',
  );
  assert.equal(
    await textOf(() => boss.subscribe("builds.>.done", () => {})),
    'Cannot subscribe to topic as its pattern is not well-formed: ">" at position 7 is not the last token',
  );
});

Deno.test("a payload that is none: the error says which part of it", async () => {
  await using bus = new MessageBus();
  const boss = bus.agent("boss");
  assert.equal(
    await textOf(() => boss.send("coder", { job: { id: 1n } })),
    "invalid_message: Cannot send message as its payload must be a JSON value or a Uint8Array: payload.job.id is a bigint",
  );
});

Deno.test("a handler that throws: its text is in the dead letter, and a requester is told", async () => {
  await using bus = new MessageBus({ delivery: { maxAttempts: 1 } });
  const died = letterOf(bus);
  const coder = bus.agent("coder");
  coder.receive(() => {
    throw new Error("no such file: plan.md");
  });
  coder.respond(() => {
    throw new Error("no such file: plan.md");
  });
  const boss = bus.agent("boss");
  await boss.send("coder", 1);
  await died;
  const [letter] = [...bus.deadLetters];
  assert.equal(letter?.reason, "handler_failed");
  assert.equal(letter.detail, "no such file: plan.md");
  assert.equal(
    await textOf(() => boss.request("coder", 1)),
    "remote: no such file: plan.md",
  );
});

Deno.test("a forgotten ack: the dead letter says what ends a delivery", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, delivery: { maxAttempts: 1 } });
  const died = letterOf(bus);
  const inbox = bus.agent("coder").inbox({ ackTimeoutMs: 100 });
  await bus.agent("boss").send("coder", 1, { requiresAck: true });
  await inbox[Symbol.asyncIterator]().next();
  await clock.advance(100);
  await died;
  const [letter] = [...bus.deadLetters];
  assert.equal(
    letter?.detail,
    "not acknowledged within 100 ms: ack() ends a delivery, extend() gives it more time",
  );
});

async function letterOf(bus: MessageBus): Promise<BusEvent> {
  for await (const event of bus.events()) {
    if (event.type === "dead_letter_added") return event;
  }
  return assert.fail("the bus ended without a dead letter");
}
