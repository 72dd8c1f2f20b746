import assert from "node:assert/strict";
import { InstantClock } from "../../bus/instant_clock.ts";
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
