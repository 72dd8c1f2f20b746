import assert from "node:assert/strict";
import fc from "fast-check";
import { IdSource, systemRandom } from "../../core/random.ts";
import { seededRandom } from "../../testing/seeded_random.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";

const UUID_V7 =
  /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The milliseconds that the first 48 bits of an id tell. */
function timeOf(id: string): number {
  return parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

Deno.test("IdSource.next() makes well-formed UUIDs of version 7 that tell the time", () => {
  const clock = new VirtualClock({ nowMs: 1_700_000_000_123 });
  const ids = new IdSource(clock, seededRandom(1));
  for (let index = 0; index < 2_000; index++) {
    const id = ids.next();
    assert.match(id, UUID_V7);
    assert.equal(timeOf(id), 1_700_000_000_123);
  }
});

Deno.test("IdSource.next() has time, version, counter, variant and randomness where RFC 9562 has them", () => {
  let next = 0x10 - 0x4f;
  const ids = new IdSource(new VirtualClock(), {
    next: () => 0,
    fill: (bytes) => {
      for (const index of bytes.keys()) bytes[index] = next += 0x4f;
    },
  });
  // The first byte starts the counter, eight times itself; the next seven are not used.
  const nowMs = 0x0123_4567_89ab;
  assert.equal(ids.next(nowMs), "01234567-89ab-7080-88d7-2675c41362b1");
  assert.equal(ids.next(nowMs), "01234567-89ab-7081-804f-9eed3c8bda29");
  assert.equal(ids.next(nowMs + 1), "01234567-89ac-73c0-b03f-8edd2c7bca19");
});

Deno.test("IdSource.next() takes the time it is handed in place of the clock's", () => {
  const ids = new IdSource(new VirtualClock(), seededRandom(1));
  assert.equal(timeOf(ids.next(1_900_000_000_000)), 1_900_000_000_000);
});

Deno.test("IdSource.next() grows strictly, however the wall clock jumps", () => {
  const day = 86_400_000;
  const step = fc.record({
    jumpMs: fc.constantFrom(0, 0, 0, 1, -1, 7, day, -day, 400 * day),
    ids: fc.integer({ min: 1, max: 40 }),
  });
  fc.assert(
    fc.property(fc.array(step), fc.nat(), (steps, seed) => {
      const clock = new VirtualClock();
      const ids = new IdSource(clock, seededRandom(seed));
      let last = "";
      for (const { jumpMs, ids: count } of steps) {
        clock.setWall(clock.now() + jumpMs);
        for (let index = 0; index < count; index++) {
          const id = ids.next();
          assert.match(id, UUID_V7);
          assert.ok(id > last, `${id} after ${last}`);
          last = id;
        }
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("IdSource.next() borrows from the future when a millisecond is full", () => {
  const clock = new VirtualClock();
  const ids = new IdSource(clock, seededRandom(3));
  let last = "";
  for (let index = 0; index < 20_000; index++) {
    const id = ids.next();
    assert.ok(id > last);
    last = id;
  }
  const aheadMs = timeOf(last) - clock.now();
  // Each millisecond holds from 2,048 to 4,096 ids.
  assert.ok(aheadMs >= 4 && aheadMs <= 10, `${aheadMs}`);
});

Deno.test("IdSource.next() asks for randomness in pools, and uses no byte twice", () => {
  let fills = 0;
  const ids = new IdSource(new VirtualClock(), {
    next: () => 0,
    fill: (bytes) => {
      fills++;
      systemRandom.fill(bytes);
    },
  });
  const tails = new Set<string>();
  for (let index = 0; index < 1_000; index++) tails.add(ids.next().slice(19));
  assert.equal(tails.size, 1_000);
  assert.equal(fills, 2);
});

Deno.test("systemRandom gives numbers from 0 to below 1, and fills bytes", () => {
  for (let index = 0; index < 1_000; index++) {
    const number = systemRandom.next();
    assert.ok(number >= 0 && number < 1);
  }
  const bytes = new Uint8Array(64);
  systemRandom.fill(bytes);
  assert.ok(bytes.some((byte) => byte !== 0));
});
