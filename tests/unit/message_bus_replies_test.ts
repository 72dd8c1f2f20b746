import assert from "node:assert/strict";
import { MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";
import { codeOf, door } from "../support/agent_stage.ts";

Deno.test("MessageBus does not start a request that ended while a rule looked at it", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const { opened, open } = door();
  bus.router.registerHandler("slow", () => opened);
  bus.router.addRule({ id: "r", priority: 1, handler: "slow" });
  let starts = 0;
  bus.agent("b").respond(() => ++starts);
  const asked = codeOf(bus.agent("a").request("b", 1, { timeoutMs: 10 }));
  await clock.advance(10);
  assert.equal(await asked, "request_timeout");
  open();
  await clock.advance(100);
  assert.equal(starts, 0);
  assert.equal(bus.requests.size, 0);
  assert.equal(bus.backpressure.pending, 0);
  assert.equal(bus.stats().lateReplies, 0);
});

Deno.test("Agent.stream() yields no piece twice when the responder's lease ends", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, delivery: { ackTimeoutMs: 100 } });
  let runs = 0;
  bus.agent("b").respond(async function* () {
    const isFirst = ++runs === 1;
    yield 1;
    yield 2;
    if (isFirst) await new Promise<void>((done) => clock.schedule(300, done));
    yield 3;
  });
  const pieces: unknown[] = [];
  const options = { requiresAck: true, timeoutMs: 2_000 };
  const stream = bus.agent("a").stream("b", 1, options);
  const failed = codeOf(
    (async () => {
      for await (const piece of stream) pieces.push(piece);
    })(),
  );
  await clock.advance(3_000);
  assert.equal(await failed, "remote");
  assert.deepEqual(pieces, [1, 2]);
  assert.equal(runs, 1);
  assert.equal(bus.backpressure.pending, 0);
});
