import assert from "node:assert/strict";
import { sleep } from "../../core/clock.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";

Deno.test("VirtualClock stands still until it is moved", async () => {
  const clock = new VirtualClock({ nowMs: 1_000 });
  assert.equal(clock.now(), 1_000);
  assert.equal(clock.monotonic(), 0);
  await clock.advance(1.5);
  assert.equal(clock.monotonic(), 1.5);
  assert.equal(clock.now(), 1_001);
});

Deno.test("VirtualClock.advance() makes each call at its own time, ties in the order they were set", async () => {
  const clock = new VirtualClock();
  const calls: string[] = [];
  for (const [atMs, name] of [[20, "b"], [10, "a"], [20, "c"]] as const) {
    clock.schedule(atMs, () => calls.push(`${name}@${clock.monotonic()}`));
  }
  await clock.advance(19);
  assert.deepEqual(calls, ["a@10"]);
  await clock.advance(1);
  assert.deepEqual(calls, ["a@10", "b@20", "c@20"]);
  assert.equal(clock.timers, 0);
});

Deno.test("VirtualClock.advance() makes calls that were set on the way", async () => {
  const clock = new VirtualClock();
  const calls: number[] = [];
  const again = () => {
    calls.push(clock.monotonic());
    clock.schedule(10, again);
  };
  clock.schedule(10, again);
  await clock.advance(35);
  assert.deepEqual(calls, [10, 20, 30]);
  assert.equal(clock.timers, 1);
});

Deno.test("VirtualClock.schedule() hands out a way to take the call back", async () => {
  const clock = new VirtualClock();
  const cancel = clock.schedule(10, () => assert.fail("was taken back"));
  cancel();
  cancel();
  assert.equal(clock.timers, 0);
  await clock.advance(20);
});

Deno.test("VirtualClock.schedule() takes a delay in the past for now", async () => {
  const clock = new VirtualClock();
  await clock.advance(5);
  let calledAt = -1;
  clock.schedule(-3, () => calledAt = clock.monotonic());
  await clock.advance(0);
  assert.equal(calledAt, 5);
});

Deno.test("VirtualClock.setWall() moves no duration", async () => {
  const clock = new VirtualClock();
  let called = false;
  clock.schedule(100, () => called = true);
  await clock.advance(50);
  clock.setWall(7);
  assert.equal(clock.now(), 7);
  assert.equal(clock.monotonic(), 50);
  await clock.advance(49);
  assert.equal(called, false);
  await clock.advance(1);
  assert.equal(called, true);
  assert.equal(clock.now(), 57);
});

Deno.test("sleep() ends at its time, by the clock it is given", async () => {
  const clock = new VirtualClock();
  let awake = false;
  const sleeping = sleep(clock, 3_600_000).then(() => awake = true);
  await clock.advance(3_599_999);
  assert.equal(awake, false);
  await clock.advance(1);
  await sleeping;
});

Deno.test("sleep() throws the reason of its signal, and leaves no timer", async () => {
  const clock = new VirtualClock();
  const abort = new AbortController();
  const sleeping = sleep(clock, 10, { signal: abort.signal });
  const reason = new Error("enough");
  abort.abort(reason);
  await assert.rejects(sleeping, reason);
  assert.equal(clock.timers, 0);
  assert.throws(() => sleep(clock, 10, { signal: abort.signal }), reason);
});
