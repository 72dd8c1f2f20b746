import assert from "node:assert/strict";
import fc from "fast-check";
import { type SentAs, SentIds } from "../../bus/sent_ids.ts";
import { RUNS } from "./arbitraries/runs.ts";

/** Beyond the room at first, so that it grows, and the oldest go. */
const MOST = 150;
const IDS = 400;
const SENDERS = ["a", "b"];

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("add" as const),
      id: fc.nat(IDS),
      sender: fc.constantFrom(...SENDERS),
      lifeMs: fc.constantFrom(10, 100, 1_000),
    }),
  },
  fc.record({
    kind: fc.constantFrom("drop" as const, "become" as const),
    id: fc.nat(IDS),
    sender: fc.constantFrom(...SENDERS),
  }),
  fc.record({ kind: fc.constant("pass" as const), ms: fc.nat(60) }),
);

/** The simplest table there is: every entry, in the order of coming. */
class Model {
  entries: {
    key: string;
    untilMs: number;
    sentAs: SentAs;
    isThere: boolean;
  }[] = [];

  find(key: string) {
    return this.entries.find((one) => one.isThere && one.key === key);
  }

  add(key: string, untilMs: number): void {
    if (this.entries.length === MOST) this.entries.shift();
    this.entries.push({ key, untilMs, sentAs: undefined, isThere: true });
  }

  forgetUntil(nowMs: number): void {
    while (this.entries[0]) {
      const { isThere, untilMs } = this.entries[0];
      if (isThere && untilMs > nowMs) return;
      this.entries.shift();
    }
  }
}

/** Ids of which many differ in one number alone. */
function wordsOf(id: number): Uint32Array {
  return Uint32Array.of(7, id % 5, 0, Math.floor(id / 5));
}

Deno.test("SentIds finds what a list of all sends finds, however they come and go", () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 200, maxLength: 600 }),
      fc.integer(),
      (steps, seed) => {
        const sent = new SentIds(MOST, seed);
        const model = new Model();
        let nowMs = 0;
        for (const [index, step] of steps.entries()) {
          if (step.kind === "pass") {
            nowMs += step.ms;
            sent.forgetUntil(nowMs);
            model.forgetUntil(nowMs);
            assert.equal(sent.size, model.entries.length);
            continue;
          }
          const { id, sender } = step;
          const words = wordsOf(id);
          const key = `${sender} ${id}`;
          const place = sent.find(sender, words);
          const known = model.find(key);
          assert.equal(place >= 0, known !== undefined, key);
          if (known) {
            assert.equal(sent.untilMs(place), known.untilMs);
            assert.equal(sent.sentAs(place), known.sentAs);
          }
          if (step.kind === "add" && !known) {
            const added = sent.add(sender, words, nowMs + step.lifeMs);
            model.add(key, nowMs + step.lifeMs);
            assert.equal(sent.find(sender, words), added);
          } else if (step.kind === "drop" && known) {
            sent.drop(place);
            known.isThere = false;
          } else if (step.kind === "become" && known) {
            sent.become(place, `m${index}`, known.sentAs);
            known.sentAs = `m${index}`;
          }
          assert.equal(sent.size, model.entries.length);
        }
        for (let id = 0; id <= IDS; id++) {
          for (const sender of SENDERS) {
            const isThere = sent.find(sender, wordsOf(id)) >= 0;
            assert.equal(isThere, model.find(`${sender} ${id}`) !== undefined);
          }
        }
      },
    ),
    RUNS,
  );
});
