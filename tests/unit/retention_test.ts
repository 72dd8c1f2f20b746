import assert from "node:assert/strict";
import { MessageBus } from "../../mod.ts";
import { memoryStore } from "../../storage/memory_store.ts";
import { VirtualClock } from "../../testing/mod.ts";
import { KEEP } from "../support/durable_lives.ts";

Deno.test("deadLetters.maxAgeMs forgets letters that are old, though nobody looks, and tells of it", async () => {
  const clock = new VirtualClock();
  const options = { clock, deadLetters: { maxAgeMs: 1_000 } };
  await using bus = new MessageBus(options);
  const causes: string[] = [];
  void (async () => {
    for await (const event of bus.events()) {
      if (event.type === "dead_letter_removed") causes.push(event.cause);
    }
  })();
  const boss = bus.agent("boss");
  await boss.send("nobody", 1);
  await clock.advance(600);
  await boss.send("nobody", 2);
  clock.setWall(clock.now() + 86_400_000);
  await clock.advance(399);
  assert.equal(bus.deadLetters.size, 2);
  await clock.advance(1);
  assert.deepEqual(
    [...bus.deadLetters].map(({ message }) => message.payload),
    [2],
  );
  await clock.advance(600);
  assert.equal(bus.deadLetters.size, 0);
  assert.deepEqual(causes, ["expired", "expired"]);
});

Deno.test("deadLetters.maxAgeMs counts what has passed while nobody ran the bus", async () => {
  const clock = new VirtualClock();
  const store = memoryStore();
  const options = { clock, store, deadLetters: { maxAgeMs: 1_000 } };
  {
    await using bus = new MessageBus(options);
    await bus.ready();
    await bus.agent("boss").send("nobody", 1, KEEP);
    await clock.advance(600);
    await bus.agent("boss").send("nobody", 2, KEEP);
  }
  await clock.advance(500);
  await using bus = new MessageBus(options);
  await bus.ready();
  await clock.advance(1);
  assert.equal(bus.deadLetters.size, 1);
  await clock.advance(500);
  assert.equal(bus.deadLetters.size, 0);
});

Deno.test("history.maxAgeMs forgets messages that are old", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, history: { maxAgeMs: 1_000 } });
  const boss = bus.agent("boss");
  await boss.publish("topic", 1);
  await clock.advance(600);
  await boss.publish("topic", 2);
  await clock.advance(401);
  assert.deepEqual(bus.history().map(({ message }) => message.payload), [2]);
  await clock.advance(600);
  assert.deepEqual(bus.history(), []);
});

Deno.test("an age that is none is refused", () => {
  assert.throws(
    () => new MessageBus({ deadLetters: { maxAgeMs: 0 } }),
    /deadLetters.maxAgeMs must be a whole number from 1 to/,
  );
  assert.throws(
    () => new MessageBus({ history: { maxAgeMs: 1.5 } }),
    /history.maxAgeMs must be a whole number from 1 to/,
  );
});
