import assert from "node:assert/strict";
import { Dice } from "./dice.ts";
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

Deno.test("Dice.fork() is not moved by draws from where it came", () => {
  const one = new Dice(7);
  const other = new Dice(7);
  other.int(0, 9);
  assert.equal(one.fork("a").next(), other.fork("a").next());
  assert.notEqual(one.fork("a").next(), one.fork("b").next());
});

Deno.test("Dice draws evenly", () => {
  const dice = new Dice(3);
  const counts = new Array<number>(10).fill(0);
  for (let n = 0; n < 100_000; n++) {
    const drawn = dice.int(0, 9);
    counts[drawn] = (counts[drawn] ?? 0) + 1;
  }
  assert.ok(counts.every((count) => Math.abs(count - 10_000) < 500));
});
