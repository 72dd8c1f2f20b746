import assert from "node:assert/strict";
import { Dice } from "../support/dice.ts";
import { SimClock } from "./sim_clock.ts";

Deno.test("SimClock.runNext() runs timers by their time, and moves to it", () => {
  const clock = new SimClock(new Dice(1));
  const ran: [number, number][] = [];
  const dice = new Dice(2);
  for (let n = 0; n < 500; n++) {
    const delayMs = dice.int(0, 90);
    const cancel = clock.schedule(
      delayMs,
      () => ran.push([delayMs, clock.monotonic()]),
    );
    if (dice.chance(0.3)) cancel();
  }
  const expected = clock.timers;
  while (clock.timers > 0) clock.runNext();
  assert.equal(ran.length, expected);
  assert.ok(ran.every(([delayMs, atMs]) => delayMs === atMs));
  const times = ran.map(([delayMs]) => delayMs);
  assert.deepEqual(times, times.toSorted((one, other) => one - other));
  assert.equal(clock.nextAtMs, Infinity);
});

Deno.test("SimClock runs timers that fall due together in an order of chance", () => {
  const orderOf = (seed: number) => {
    const clock = new SimClock(new Dice(seed));
    const ran: number[] = [];
    for (let n = 0; n < 8; n++) clock.schedule(5, () => ran.push(n));
    while (clock.timers > 0) clock.runNext();
    return ran.join("");
  };
  assert.equal(orderOf(1), orderOf(1));
  assert.ok(new Set([1, 2, 3, 4].map(orderOf)).size > 1);
});

Deno.test("SimClock.moveWall() moves the wall clock, and no duration", () => {
  const clock = new SimClock(new Dice(1));
  const before = clock.now();
  clock.moveWall(-5_000);
  assert.equal(clock.now(), before - 5_000);
  assert.equal(clock.monotonic(), 0);
  clock.schedule(10, () => {});
  clock.runNext();
  assert.deepEqual([clock.monotonic(), clock.now()], [10, before - 4_990]);
});
