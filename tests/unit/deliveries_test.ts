import assert from "node:assert/strict";
import { MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { door, failureOf, turns } from "../support/agent_stage.ts";

/** A clock whose timers are late, as those of a process that was held up. */
class HeldUpClock extends VirtualClock {
  lateMs = 0;

  override monotonic(): number {
    return super.monotonic() + this.lateMs;
  }
}

Deno.test("T1, T6: a message whose time is over when its turn comes is not handed out, though its timer is late", async () => {
  const clock = new HeldUpClock();
  await using bus = new MessageBus({ clock });
  let received = 0;
  bus.agent("worker").receive(() => void received++);
  const options = { requiresAck: true, ttlMs: 100 };
  const sending = bus.agent("sender").send("worker", 1, options);
  clock.lateMs = 100;
  await sending;
  await turns();
  assert.equal(received, 0);
  assert.deepEqual(
    [...bus.deadLetters].map(({ reason, attempts }) => [reason, attempts]),
    [["expired", 0]],
  );
  await clock.advance(1_000);
  assert.equal(bus.deadLetters.size, 1);
  assert.equal(bus.stats().totalExpired, 1);
  assert.equal(bus.backpressure.pending, 0);
});

Deno.test("R8: a streamed reply whose responder leaves in the middle of it is not begun anew", async () => {
  await using bus = new MessageBus({ clock: new VirtualClock() });
  const { opened, open } = door();
  const leaving = bus.agent("worker");
  leaving.respond(async function* () {
    yield 1;
    await opened;
    yield 2;
  });
  bus.agent("worker").respond(() => "begun anew", { topic: "other" });
  const pieces = bus.agent("asker")
    .stream("worker", null, { requiresAck: true })[Symbol.asyncIterator]();
  assert.equal((await pieces.next()).value, 1);
  await leaving.close();
  assert.equal((await failureOf(pieces.next())).code, "unreachable");
  const [letter] = bus.deadLetters.entries();
  assert.equal(letter?.reason, "undeliverable");
  assert.match(letter?.detail ?? "", /left in the middle of its reply/);
  open();
  await turns();
  assert.equal(bus.backpressure.pending, 0);
});

Deno.test("a request that is replayed is handled like any message, and what it is answered is counted as late", async () => {
  await using bus = new MessageBus({ clock: new VirtualClock() });
  let answer: () => unknown = () => "one";
  let isRefused = true;
  bus.agent("worker").respond((_message, delivery) => {
    if (isRefused) return delivery.reject("not now");
    return answer();
  });
  const asker = bus.agent("asker");
  const ways: [() => unknown, number][] = [
    [() => "one", 1],
    [async function* () {
      yield* [1, 2];
    }, 2],
  ];
  for (const [way, late] of ways) {
    isRefused = true;
    const asked = asker.request("worker", null, { requiresAck: true });
    assert.equal((await failureOf(asked)).code, "rejected");
    isRefused = false;
    answer = way;
    const before = bus.stats();
    assert.equal(await bus.deadLetters.replayAll(), 1);
    await turns();
    const after = bus.stats();
    assert.equal(after.lateReplies - before.lateReplies, late);
    assert.equal(after.totalAcked - before.totalAcked, 1);
    assert.equal(after.totalMessages, before.totalMessages);
    assert.equal(bus.deadLetters.size, 0);
    assert.equal(bus.backpressure.pending, 0);
  }
});
