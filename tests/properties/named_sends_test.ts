import assert from "node:assert/strict";
import fc from "fast-check";
import { NamedSends } from "../../bus/named_sends.ts";
import { LIMITS } from "../../core/limits.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { RUNS } from "./arbitraries/runs.ts";

/** A send as the bus makes it: what is known is not sent again. */
const step = fc.oneof(
  fc.record({
    kind: fc.constant("send" as const),
    key: fc.nat(4),
    /** Whether it has to wait, and is refused then. */
    how: fc.constantFrom("at once", "later", "refused later"),
  }),
  fc.record({
    kind: fc.constant("pass" as const),
    ms: fc.constantFrom(1, 30_000, 59_999, 60_000, 119_999, 120_000),
  }),
);

Deno.test("S3: NamedSends finds a send for two minutes, and one that was refused not at all", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { size: "+1" }), async (steps) => {
      const clock = new VirtualClock();
      const sends = new NamedSends(clock);
      const known = new Map<number, { id: string; untilMs: number }>();
      for (const [index, step] of steps.entries()) {
        if (step.kind === "pass") {
          clock.setWall(clock.now() + (index % 2 ? -1 : 1) * 86_400_000);
          await clock.advance(step.ms);
          continue;
        }
        const { key, how } = step;
        const nowMs = clock.monotonic();
        const found = await sends.find(`${key}`);
        const expected = known.get(key);
        const isKnown = expected !== undefined && expected.untilMs > nowMs;
        assert.equal(found, isKnown ? expected.id : undefined);
        if (isKnown) continue;
        known.delete(key);
        const id = `m${index}`;
        if (how === "refused later") {
          const refused = Promise.reject(new Error("no"));
          sends.remember(`${key}`, refused);
          await assert.rejects(refused);
        } else {
          const told = how === "later" ? Promise.resolve(id) : id;
          sends.remember(`${key}`, told);
          const untilMs = nowMs + LIMITS.deduplicationWindowMs;
          known.set(key, { id, untilMs });
        }
        const open = [...known.values()]
          .filter(({ untilMs }) => untilMs > nowMs);
        assert.equal(sends.size, open.length);
      }
    }),
    RUNS,
  );
});

Deno.test("NamedSends forgets the oldest where there are more than 100,000, whatever was refused meanwhile", async () => {
  const clock = new VirtualClock();
  const sends = new NamedSends(clock);
  const more = 5_000;
  for (let index = 0; index < LIMITS.maxDeduplicationIds + more; index++) {
    sends.remember(`k${index}`, `m${index}`);
    assert.ok(sends.size <= LIMITS.maxDeduplicationIds);
  }
  assert.equal(sends.size, LIMITS.maxDeduplicationIds);
  assert.equal(sends.find(`k${more - 1}`), undefined);
  assert.equal(sends.find(`k${more}`), `m${more}`);
  await clock.advance(LIMITS.deduplicationWindowMs);
  assert.equal(sends.find("k9999"), undefined);
  assert.equal(sends.size, 0);
});
