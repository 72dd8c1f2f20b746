import assert from "node:assert/strict";
import { InstantClock } from "../../bus/instant_clock.ts";
import { MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";

Deno.test("InstantClock stands still while it is held, from the first look on", async () => {
  const inner = new VirtualClock({ nowMs: 1_000 });
  const clock = new InstantClock(inner);
  const startMs = clock.monotonic();
  clock.hold();
  await inner.advance(5);
  assert.equal(clock.monotonic(), startMs + 5);
  await inner.advance(5);
  assert.equal(clock.monotonic(), startMs + 5);
  assert.equal(clock.now(), 1_010);
  await inner.advance(5);
  assert.equal(clock.now(), 1_010);
  clock.release();
  assert.equal(clock.monotonic(), startMs + 15);
  assert.equal(clock.now(), 1_015);
});

Deno.test("InstantClock forgets the instant once it runs again", async () => {
  const inner = new VirtualClock({ nowMs: 1_000 });
  const clock = new InstantClock(inner);
  clock.hold();
  assert.equal(clock.now(), 1_000);
  clock.release();
  await inner.advance(7);
  clock.hold();
  assert.equal(clock.now(), 1_007);
  clock.release();
});

Deno.test("InstantClock.resume() has it run, and says whether it was held", async () => {
  const inner = new VirtualClock({ nowMs: 1_000 });
  const clock = new InstantClock(inner);
  assert.equal(clock.resume(), false);
  clock.hold();
  assert.equal(clock.now(), 1_000);
  assert.equal(clock.resume(), true);
  await inner.advance(7);
  assert.equal(clock.now(), 1_007);
  assert.equal(clock.resume(), false);
});

/** A clock that stands still but for `pass`. */
class HandClock extends VirtualClock {
  #passedMs = 0;

  pass(ms: number): void {
    this.#passedMs += ms;
  }

  override now(): number {
    return super.now() + this.#passedMs;
  }

  override monotonic(): number {
    return super.monotonic() + this.#passedMs;
  }
}

Deno.test("a bus's clock runs while handlers, responders and retry policies do", async () => {
  const clock = new HandClock({ nowMs: 1_000 });
  await using bus = new MessageBus({
    clock,
    delivery: { ackTimeoutMs: 100, maxAttempts: 2 },
  });
  const a = bus.agent("a");
  const b = bus.agent("b");
  b.receive(({ payload }) => {
    clock.pass(10);
    void a.send("c", payload);
    clock.pass(10);
    if (payload === 2) throw new Error("once more");
  }, {
    retry: () => {
      clock.pass(1_000);
      return 1_000;
    },
  });
  b.respond(async function* () {
    void a.send("c", 0);
    clock.pass(5_000);
    yield 1;
  });
  for (const payload of [1, 2, 3]) {
    await a.send("b", payload, { requiresAck: true });
  }
  await clock.advance(0);
  const times = bus.history().filter(({ message }) => message.recipient === "b")
    .map(({ deliveries: [one] }) => [one?.startedAt, one?.endedAt]);
  assert.deepEqual(times.reverse(), [[1_000, 1_020], [1_020, 2_040], [
    2_040,
    2_060,
  ]]);
  const sentAt = bus.history({ agent: "c" }).map(({ message }) =>
    message.timestamp
  );
  assert.deepEqual(sentAt.reverse(), [1_010, 1_030, 2_050]);
  clock.pass(40);
  const replies = [1, 2].map((payload) =>
    a.stream("b", payload)[Symbol.asyncIterator]()
  );
  const first = Promise.all(replies.map((reply) => reply.next()));
  await clock.advance(0);
  await first;
  const startedAt = bus.history({ type: "request" })
    .map(({ deliveries: [one] }) => one?.startedAt);
  const requestedAt = bus.history({ type: "request" })
    .map(({ message }) => message.timestamp);
  assert.deepEqual(requestedAt, [2_100, 2_100]);
  assert.deepEqual(startedAt.reverse(), [2_100, 7_100]);
});

Deno.test("InstantClock.begin() holds it, and says whether it is the caller's to release", () => {
  const inner = new VirtualClock();
  const clock = new InstantClock(inner);
  assert.equal(clock.begin(), true);
  assert.equal(clock.begin(), false);
  clock.release();
  assert.equal(clock.begin(), true);
});

Deno.test("time goes on after a request was taken, and after one that was refused", async () => {
  const clock = new VirtualClock({ nowMs: 1_000 });
  await using bus = new MessageBus({ clock });
  const boss = bus.agent("boss");
  bus.agent("worker").respond(({ timestamp }) => timestamp);
  const reply = boss.request("worker", "job");
  await clock.advance(500);
  assert.equal((await reply).payload, 1_000);
  await assert.rejects(boss.request("nobody", "job"), { code: "no_recipient" });
  await clock.advance(500);
  const id = await boss.send("worker", "job");
  assert.equal(bus.message(id)?.message.timestamp, 2_000);
});

Deno.test("a request of this process looks at each clock once until it waits", async () => {
  class CountingClock extends VirtualClock {
    readonly looks = { now: 0, monotonic: 0 };
    override now(): number {
      this.looks.now++;
      return super.now();
    }
    override monotonic(): number {
      this.looks.monotonic++;
      return super.monotonic();
    }
  }
  const clock = new CountingClock();
  await using bus = new MessageBus({ clock });
  const boss = bus.agent("boss");
  bus.agent("worker").respond(() => "done");
  await boss.request("worker", "before");
  Object.assign(clock.looks, { now: 0, monotonic: 0 });
  const reply = boss.request("worker", "job");
  assert.deepEqual(clock.looks, { now: 1, monotonic: 1 });
  await reply;
});
