import assert from "node:assert/strict";
import fc from "fast-check";
import { IdSource } from "../../core/random.ts";
import { seededRandom } from "../../testing/seeded_random.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { RUNS } from "./arbitraries/runs.ts";

const V7 =
  /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const DAY_MS = 86_400_000;

const steps = fc.array(
  fc.record({
    jumpMs: fc.oneof(
      fc.constantFrom(
        0,
        0,
        1,
        -1,
        DAY_MS,
        -DAY_MS,
        400 * DAY_MS,
        -400 * DAY_MS,
      ),
      fc.integer({ min: -5_000, max: 5_000 }),
    ),
    count: fc.oneof(
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 2_000, max: 5_000 }),
    ),
  }),
  { maxLength: 8 },
);

/** Chance at its worst: the highest counter to begin with, or the lowest. */
const randoms = fc.oneof(
  fc.nat().map(seededRandom),
  fc.constantFrom(0, 255).map((byte) => ({
    next: () => 0,
    fill: (bytes: Uint8Array<ArrayBuffer>) => void bytes.fill(byte),
  })),
);

Deno.test("IdSource makes strictly growing UUIDs of version 7, however the wall clock jumps", () => {
  fc.assert(
    fc.property(steps, randoms, (steps, random) => {
      const clock = new VirtualClock();
      const ids = new IdSource(clock, random);
      let last = "";
      for (const { jumpMs, count } of steps) {
        clock.setWall(clock.now() + jumpMs);
        for (let made = 0; made < count; made++) {
          const id = ids.next();
          assert.match(id, V7);
          assert.ok(id > last, `${id} after ${last}`);
          last = id;
        }
      }
    }),
    { numRuns: Math.ceil(RUNS.numRuns / 5) },
  );
});

Deno.test("IdSource writes the wall time into its ids, to the millisecond, while that goes forward", () => {
  const times = fc.array(fc.integer({ min: 1, max: DAY_MS }));
  fc.assert(
    fc.property(times, fc.nat(), (times, seed) => {
      const clock = new VirtualClock();
      const ids = new IdSource(clock, seededRandom(seed));
      for (const forwardMs of times) {
        clock.setWall(clock.now() + forwardMs);
        const hex = ids.next().replaceAll("-", "").slice(0, 12);
        assert.equal(parseInt(hex, 16), clock.now());
      }
    }),
    RUNS,
  );
});
