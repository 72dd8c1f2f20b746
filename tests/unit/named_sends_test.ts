import assert from "node:assert/strict";
import { NamedSends } from "../../bus/named_sends.ts";
import { LIMITS } from "../../core/limits.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";

Deno.test("NamedSends.find() gives back what was remembered, for two minutes", async () => {
  const clock = new VirtualClock();
  const sends = new NamedSends(clock);
  sends.remember("a 1", "m1");
  await clock.advance(LIMITS.deduplicationWindowMs - 1);
  assert.equal(sends.find("a 1"), "m1");
  assert.equal(sends.find("b 1"), undefined);
  await clock.advance(1);
  assert.equal(sends.find("a 1"), undefined);
  assert.equal(sends.size, 0);
});

Deno.test("NamedSends.find() forgets by the monotonic clock, not by the wall", async () => {
  const clock = new VirtualClock();
  const sends = new NamedSends(clock);
  sends.remember("a 1", "m1");
  clock.setWall(clock.now() + 86_400_000);
  assert.equal(sends.find("a 1"), "m1");
  clock.setWall(0);
  await clock.advance(LIMITS.deduplicationWindowMs);
  assert.equal(sends.find("a 1"), undefined);
});

Deno.test("NamedSends.remember() forgets a send that is refused", async () => {
  const sends = new NamedSends(new VirtualClock());
  const send = Promise.withResolvers<string>();
  sends.remember("a 1", send.promise);
  assert.equal(sends.find("a 1"), send.promise);
  send.reject(new Error("refused"));
  await assert.rejects(send.promise);
  await undefined;
  assert.equal(sends.find("a 1"), undefined);
});

Deno.test("NamedSends.remember() forgets the oldest when there are too many", () => {
  const sends = new NamedSends(new VirtualClock());
  for (let index = 0; index <= LIMITS.maxDeduplicationIds; index++) {
    sends.remember(`a ${index}`, `m${index}`);
  }
  assert.equal(sends.size, LIMITS.maxDeduplicationIds);
  assert.equal(sends.find("a 0"), undefined);
  assert.equal(sends.find("a 1"), "m1");
});
