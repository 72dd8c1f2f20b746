import assert from "node:assert/strict";
import { sleep } from "../../core/clock.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";

Deno.test("VirtualClock.advanceUntil() stops when the condition holds", async () => {
  const clock = new VirtualClock();
  let rings = 0;
  const ring = () => {
    rings++;
    clock.schedule(0.1, ring);
  };
  clock.schedule(0.1, ring);
  assert.equal(await clock.advanceUntil(() => rings === 7, 10), true);
  assert.equal(rings, 7);
  assert.ok(Math.abs(clock.monotonic() - 0.7) < 1e-9);
  assert.equal(await clock.advanceUntil(() => false, 0.25), false);
  assert.equal(rings, 9);
  assert.ok(Math.abs(clock.monotonic() - 0.95) < 1e-9);
});

Deno.test("VirtualClock.advanceUntil() lets promises settle that hang on a call", async () => {
  const clock = new VirtualClock();
  let isDone = false;
  const work = async () => {
    await sleep(clock, 5);
    for (let turn = 0; turn < 100; turn++) await null;
    isDone = true;
  };
  const working = work();
  assert.equal(await clock.advanceUntil(() => isDone, 4), false);
  assert.equal(await clock.advanceUntil(() => isDone, 1), true);
  assert.equal(clock.monotonic(), 5);
  await working;
});

Deno.test("time never goes back, however many move it on at once", async () => {
  const clock = new VirtualClock();
  await Promise.all([
    clock.advance(100),
    clock.advance(20),
    clock.advanceUntil(() => false, 50),
  ]);
  assert.equal(clock.monotonic(), 100);
});

Deno.test("a call that falls due again and again at one moment does not hang the test", async () => {
  const clock = new VirtualClock();
  let calls = 0;
  const again = () => {
    calls++;
    clock.schedule(0, again);
  };
  clock.schedule(3, again);
  await assert.rejects(
    clock.advance(10),
    (error) => error instanceof RangeError && /at 3 ms/.test(error.message),
  );
  assert.equal(calls, 100_000);
});
