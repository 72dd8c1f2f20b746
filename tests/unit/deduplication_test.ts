import assert from "node:assert/strict";
import { Deduplication } from "../../bus/deduplication.ts";
import { LIMITS } from "../../core/limits.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";

Deno.test("Deduplication.find() gives back what was remembered, for two minutes", async () => {
  const clock = new VirtualClock();
  const deduplication = new Deduplication(clock);
  deduplication.remember("a 1", "m1");
  await clock.advance(LIMITS.deduplicationWindowMs - 1);
  assert.equal(deduplication.find("a 1"), "m1");
  assert.equal(deduplication.find("b 1"), undefined);
  await clock.advance(1);
  assert.equal(deduplication.find("a 1"), undefined);
  assert.equal(deduplication.size, 0);
});

Deno.test("Deduplication.find() forgets by the monotonic clock, not by the wall", async () => {
  const clock = new VirtualClock();
  const deduplication = new Deduplication(clock);
  deduplication.remember("a 1", "m1");
  clock.setWall(clock.now() + 86_400_000);
  assert.equal(deduplication.find("a 1"), "m1");
  clock.setWall(0);
  await clock.advance(LIMITS.deduplicationWindowMs);
  assert.equal(deduplication.find("a 1"), undefined);
});

Deno.test("Deduplication.remember() forgets a send that is refused", async () => {
  const deduplication = new Deduplication(new VirtualClock());
  const send = Promise.withResolvers<string>();
  deduplication.remember("a 1", send.promise);
  assert.equal(deduplication.find("a 1"), send.promise);
  send.reject(new Error("refused"));
  await assert.rejects(send.promise);
  await undefined;
  assert.equal(deduplication.find("a 1"), undefined);
});

Deno.test("Deduplication.remember() forgets the oldest when there are too many", () => {
  const deduplication = new Deduplication(new VirtualClock());
  for (let index = 0; index <= LIMITS.maxDeduplicationIds; index++) {
    deduplication.remember(`a ${index}`, `m${index}`);
  }
  assert.equal(deduplication.size, LIMITS.maxDeduplicationIds);
  assert.equal(deduplication.find("a 0"), undefined);
  assert.equal(deduplication.find("a 1"), "m1");
});
