import assert from "node:assert/strict";
import { deadlineClock } from "../../bus/remote/deadline_clock.ts";
import { Deadlines } from "../../core/deadlines.ts";
import { VirtualClock } from "../../testing/mod.ts";

Deno.test("deadlineClock() makes the calls of many by one timer, each at its time", async () => {
  const machine = new VirtualClock();
  const clock = deadlineClock(machine, new Deadlines(machine));
  const calls: number[] = [];
  for (const delayMs of [30, 10, 20]) {
    clock.schedule(delayMs, () => calls.push(machine.monotonic()));
  }
  assert.equal(machine.timers, 1);
  await machine.advance(15);
  assert.deepEqual(calls, [10]);
  await machine.advance(15);
  assert.deepEqual(calls, [10, 20, 30]);
  assert.equal(machine.timers, 0);
});

Deno.test("deadlineClock() does not make a call that was taken back", async () => {
  const machine = new VirtualClock();
  const clock = deadlineClock(machine, new Deadlines(machine));
  const cancel = clock.schedule(10, () => assert.fail("it was made"));
  cancel();
  cancel();
  await machine.advance(20);
  assert.equal(machine.timers, 0);
  assert.equal(clock.monotonic(), 20);
  assert.equal(clock.now(), machine.now());
});
