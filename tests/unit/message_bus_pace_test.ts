import assert from "node:assert/strict";
import { type Clock, systemClock } from "../../core/clock.ts";
import { connect, MessageBus } from "../../mod.ts";
import { memoryTransport } from "../../transports/memory.ts";
import { until, upTo } from "../support/agent_stage.ts";

Deno.test("Agent.send() has one who sends in a loop wait for those who handle, before the bus is full", async () => {
  await using bus = new MessageBus();
  const a = bus.agent("a");
  let handled = 0;
  bus.agent("b").receive(() => void handled++);
  const count = 20_000;
  for (const number of upTo(count)) {
    const sent = a.send("b", number);
    if (number % 256 === 255) await sent;
  }
  await until("all are handled", () => handled === count);
  const { peakPending, totalWaits } = bus.backpressure.snapshot();
  assert.ok(peakPending < 2_000, `${peakPending} were pending`);
  assert.equal(totalWaits, 0);
});

Deno.test("MessageBus takes what arrives together over a connection at one instant", async () => {
  let reads = 0;
  const clock: Clock = {
    now: () => 1_000 + ++reads,
    monotonic: () => systemClock.monotonic(),
    schedule: (delayMs, callback) => systemClock.schedule(delayMs, callback),
  };
  await using bus = new MessageBus({ clock });
  const transport = memoryTransport();
  await bus.listen(transport);
  await using sender = await connect(transport, { name: "sender" });
  for (const number of upTo(20)) void sender.send("nobody", number);
  await until("all are there", () => bus.history().length === 20);
  const times = bus.history().map(({ message }) => message.timestamp);
  // As many instants as the connection was read at: its first buffer is small.
  assert.ok(new Set(times).size < 10, `${times}`);
});
