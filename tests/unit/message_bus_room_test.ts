import assert from "node:assert/strict";
import { MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";

Deno.test("B7 MessageBus gives back the bytes of what expires, as of all else", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  bus.agent("b");
  await bus.agent("a").send("b", "x".repeat(100), { ttlMs: 50 });
  assert.equal(bus.backpressure.snapshot().pendingBytes > 100, true);
  await clock.advance(50);
  const { pending, pendingBytes } = bus.backpressure.snapshot();
  assert.deepEqual([pending, pendingBytes], [0, 0]);
});

Deno.test("B3 MessageBus lets a sender in when what filled the mailbox expires", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, mailbox: { maxMessages: 1 } });
  bus.agent("b");
  const a = bus.agent("a");
  await a.send("b", 1, { ttlMs: 50 });
  let isIn = false;
  const waiting = a.send("b", 2).then(() => isIn = true);
  await clock.advance(49);
  assert.equal(isIn, false);
  await clock.advance(1);
  assert.equal(isIn, true);
  await waiting;
});

Deno.test("B3 MessageBus lets the senders in of two mailboxes that empty at once", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, mailbox: { maxMessages: 1 } });
  bus.agent("b");
  bus.agent("c");
  const a = bus.agent("a");
  for (const name of ["b", "c"]) await a.send(name, 1, { ttlMs: 50 });
  const entered: string[] = [];
  const waiting = ["b", "c"].map((name) =>
    a.send(name, 2).then(() => entered.push(name))
  );
  await clock.advance(50);
  assert.deepEqual(entered, ["b", "c"]);
  await Promise.all(waiting);
});

Deno.test("MessageBus has handed a burst out before its sender goes on, and never fills", async () => {
  await using bus = new MessageBus();
  let taken = 0;
  for (let index = 0; index < 8; index++) {
    await bus.agent(`b${index}`).subscribe("t", () => void taken++);
  }
  const a = bus.agent("a");
  for (let burst = 1; burst <= 20; burst++) {
    let last: Promise<string> | undefined;
    for (let index = 0; index < 256; index++) last = a.publish("t", index);
    await last;
    assert.equal(taken, burst * 256 * 8);
  }
  const { peakPending, totalWaits } = bus.backpressure.snapshot();
  assert.deepEqual([peakPending, totalWaits], [256 * 8, 0]);
});
