import assert from "node:assert/strict";
import { Backpressure } from "../../bus/backpressure.ts";

function open(options: { maxPending?: number; maxPendingBytes?: number } = {}) {
  const told = { rooms: 0 };
  const backpressure = new Backpressure({
    maxPending: 3,
    maxPendingBytes: 100,
    onRoom: () => told.rooms++,
    ...options,
  });
  return { backpressure, told };
}

Deno.test("Backpressure.fits() counts copies up to the limit, and not beyond", () => {
  const { backpressure } = open();
  assert.ok(backpressure.fits(3, 0));
  assert.ok(!backpressure.fits(4, 0));
  backpressure.acquire(2, 0);
  assert.ok(backpressure.fits(1, 0));
  assert.ok(!backpressure.fits(2, 0));
  assert.equal(backpressure.saturated, false);
  backpressure.acquire(1, 0);
  assert.equal(backpressure.saturated, true);
});

Deno.test("Backpressure.fits() counts bytes, and lets one large message in alone", () => {
  const { backpressure } = open();
  assert.ok(backpressure.fits(1, 500));
  backpressure.acquire(1, 1);
  assert.ok(!backpressure.fits(1, 500));
  assert.ok(backpressure.fits(1, 99));
  assert.ok(!backpressure.fits(1, 100));
});

Deno.test("Backpressure.release() tells of room only while somebody wants to know", () => {
  const { backpressure, told } = open();
  backpressure.acquire(3, 30);
  backpressure.release(1, 10);
  assert.equal(told.rooms, 0);
  backpressure.waitBegan();
  backpressure.release(1, 10);
  assert.equal(told.rooms, 1);
  backpressure.waitEnded(false);
  backpressure.release(1, 10);
  assert.equal(told.rooms, 1);
});

Deno.test("Backpressure.snapshot() adds up", () => {
  const { backpressure } = open();
  backpressure.acquire(2, 20);
  backpressure.acquire(1, 7);
  backpressure.release(2, 20);
  backpressure.waitBegan();
  backpressure.waitBegan();
  backpressure.waitEnded(true);
  assert.deepEqual(backpressure.snapshot(), {
    pending: 1,
    pendingBytes: 7,
    reserved: 0,
    waiting: 1,
    maxPending: 3,
    maxPendingBytes: 100,
    saturated: true,
    totalWaits: 2,
    totalTimeouts: 1,
    peakPending: 3,
  });
});
