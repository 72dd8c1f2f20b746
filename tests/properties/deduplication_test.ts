import assert from "node:assert/strict";
import fc from "fast-check";
import { Deduplication } from "../../bus/deduplication.ts";
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

Deno.test("S3: Deduplication finds a send for two minutes, and one that was refused not at all", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { size: "+1" }), async (steps) => {
      const clock = new VirtualClock();
      const deduplication = new Deduplication(clock);
      const known = new Map<number, { id: string; untilMs: number }>();
      for (const [index, step] of steps.entries()) {
        if (step.kind === "pass") {
          clock.setWall(clock.now() + (index % 2 ? -1 : 1) * 86_400_000);
          await clock.advance(step.ms);
          continue;
        }
        const { key, how } = step;
        const nowMs = clock.monotonic();
        const found = await deduplication.find(`${key}`);
        const expected = known.get(key);
        const isKnown = expected !== undefined && expected.untilMs > nowMs;
        assert.equal(found, isKnown ? expected.id : undefined);
        if (isKnown) continue;
        known.delete(key);
        const id = `m${index}`;
        if (how === "refused later") {
          const refused = Promise.reject(new Error("no"));
          deduplication.remember(`${key}`, refused);
          await assert.rejects(refused);
        } else {
          const told = how === "later" ? Promise.resolve(id) : id;
          deduplication.remember(`${key}`, told);
          const untilMs = nowMs + LIMITS.deduplicationWindowMs;
          known.set(key, { id, untilMs });
        }
        const open = [...known.values()]
          .filter(({ untilMs }) => untilMs > nowMs);
        assert.equal(deduplication.size, open.length);
      }
    }),
    RUNS,
  );
});

Deno.test("Deduplication forgets the oldest where there are more than 100,000, whatever was refused meanwhile", async () => {
  const clock = new VirtualClock();
  const deduplication = new Deduplication(clock);
  const more = 5_000;
  for (let index = 0; index < LIMITS.maxDeduplicationIds + more; index++) {
    deduplication.remember(`k${index}`, `m${index}`);
    assert.ok(deduplication.size <= LIMITS.maxDeduplicationIds);
  }
  assert.equal(deduplication.size, LIMITS.maxDeduplicationIds);
  assert.equal(deduplication.find(`k${more - 1}`), undefined);
  assert.equal(deduplication.find(`k${more}`), `m${more}`);
  await clock.advance(LIMITS.deduplicationWindowMs);
  assert.equal(deduplication.find("k9999"), undefined);
  assert.equal(deduplication.size, 0);
});
