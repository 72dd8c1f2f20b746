import assert from "node:assert/strict";
import fc from "fast-check";
import { type Prioritised, PriorityQueue } from "../../core/priority_queue.ts";

const item = (
  seq: number,
  priority = 50,
  acceptedAt = seq,
): Prioritised => ({ seq, priority, acceptedAt });
const at = (nowMs: number) => () => nowMs;
const never = () => assert.fail("the clock was read");

function takeAll(
  queue: PriorityQueue<Prioritised>,
  now: () => number,
): number[] {
  const seqs: number[] = [];
  for (let next = queue.pop(now); next; next = queue.pop(now)) {
    seqs.push(next.seq);
  }
  return seqs;
}

Deno.test("PriorityQueue.pop() takes the highest priority first, ties by seq", () => {
  const queue = new PriorityQueue({ agingStepMs: Infinity });
  for (const [seq, priority] of [[1, 10], [2, 90], [3, 50], [4, 90], [5, 0]]) {
    queue.push(item(seq ?? 0, priority));
  }
  assert.deepEqual(takeAll(queue, at(1e9)), [2, 4, 3, 1, 5]);
  assert.equal(queue.pop(never), undefined);
});

Deno.test("PriorityQueue.pop() does not read the clock for one priority", () => {
  const queue = new PriorityQueue();
  queue.push(item(1));
  queue.push(item(2));
  assert.deepEqual(takeAll(queue, never), [1, 2]);
});

Deno.test("PriorityQueue.pop() reads the clock once for several priorities", () => {
  const queue = new PriorityQueue();
  for (let seq = 0; seq < 5; seq++) queue.push(item(seq, seq));
  let reads = 0;
  queue.pop(() => {
    reads++;
    return 0;
  });
  assert.equal(reads, 1);
});

Deno.test("PriorityQueue.pop() raises a priority by one per full step of age", () => {
  for (const [nowMs, first] of [[1_999, 2], [2_000, 1]] as const) {
    const queue = new PriorityQueue({ agingStepMs: 1_000 });
    queue.push(item(1, 10, 0));
    queue.push(item(2, 12, 2_000));
    // At 2,000 ms both stand at 12, and the lower seq goes first.
    assert.equal(queue.pop(at(nowMs))?.seq, first);
  }
});

Deno.test("PriorityQueue.pop() caps effective priorities at 100", () => {
  const queue = new PriorityQueue({ agingStepMs: 1 });
  queue.push(item(1, 100, 0));
  queue.push(item(2, 99, 0));
  queue.push(item(3, 100, 500));
  assert.deepEqual(takeAll(queue, at(1_000)), [1, 2, 3]);
});

Deno.test("P2 no item of PriorityQueue starves behind fresh urgent ones", () => {
  const queue = new PriorityQueue({ agingStepMs: 10 });
  queue.push(item(0, 0, 0));
  let seq = 1;
  let nowMs = 0;
  for (;; nowMs++) {
    queue.push(item(seq++, 100, nowMs));
    if (queue.pop(at(nowMs))?.seq === 0) break;
    assert.ok(nowMs <= 1_000, "not taken after 100 steps");
  }
  assert.equal(nowMs, 1_000);
});

Deno.test("PriorityQueue.push() puts a redelivered item in its old place", () => {
  const queue = new PriorityQueue();
  const first = item(0);
  for (let seq = 1; seq < 100; seq++) queue.push(item(seq));
  queue.push(first);
  assert.equal(queue.pop(never), first);
  const middle = [queue.pop(never), queue.pop(never), queue.pop(never)];
  for (const taken of middle.reverse()) if (taken) queue.push(taken);
  assert.deepEqual(
    takeAll(queue, never),
    Array.from({ length: 99 }, (_, index) => index + 1),
  );
});

Deno.test("PriorityQueue.push() keeps items of one seq in the order they came", () => {
  const queue = new PriorityQueue();
  const twins = [item(5), item(5), item(5)];
  queue.push(item(9));
  for (const twin of twins) queue.push(twin);
  const [first, second, third] = twins;
  assert.ok(first && second && third);
  assert.equal(queue.remove(second), true);
  assert.equal(queue.remove(second), false);
  assert.equal(queue.pop(never), first);
  assert.equal(queue.pop(never), third);
});

Deno.test("PriorityQueue.push() refuses what is no priority, and stays as it was", () => {
  const queue = new PriorityQueue();
  for (const priority of [-1, 101, 50.5, NaN, Infinity]) {
    assert.throws(() => queue.push(item(1, priority)), RangeError);
  }
  assert.equal(queue.size, 0);
  queue.push(item(1, -0));
  assert.equal(queue.pop(never)?.seq, 1);
});

Deno.test("PriorityQueue refuses an ageing step that is not above 0", () => {
  for (const agingStepMs of [0, -1, NaN]) {
    assert.throws(() => new PriorityQueue({ agingStepMs }), {
      name: "RangeError",
      message: `Cannot create priority queue as agingStepMs must be above 0: ` +
        `current value is ${agingStepMs}`,
    });
  }
});

Deno.test("PriorityQueue.remove() takes out one item, exactly", () => {
  const queue = new PriorityQueue();
  const items = Array.from({ length: 50 }, (_, seq) => item(seq, seq % 3));
  for (const each of items) queue.push(each);
  for (const each of items) {
    if (each.seq % 2 === 1) assert.equal(queue.remove(each), true);
  }
  for (const each of items) {
    if (each.seq % 2 === 1) assert.equal(queue.remove(each), false);
  }
  assert.equal(queue.remove(item(0, 0)), false, "an equal is not the same");
  assert.equal(queue.remove(item(0, 77)), false, "of a priority never used");
  assert.equal(queue.size, 25);
  assert.equal([...queue].length, 25);
});

Deno.test("PriorityQueue.oldest() gives the lowest seq of all priorities", () => {
  const queue = new PriorityQueue();
  assert.equal(queue.oldest(), undefined);
  queue.push(item(8, 100));
  queue.push(item(7, 0));
  queue.push(item(9, 50));
  assert.equal(queue.oldest()?.seq, 7);
  assert.equal(queue.size, 3);
});

Deno.test("PriorityQueue can be walked and changed meanwhile", () => {
  const queue = new PriorityQueue();
  for (let seq = 0; seq < 30; seq++) queue.push(item(seq, seq % 3));
  const seen = new Set<number>();
  for (const each of queue) {
    seen.add(each.seq);
    queue.remove(each);
  }
  assert.equal(seen.size, 30);
  assert.equal(queue.size, 0);
});

Deno.test("PriorityQueue.clear() empties it, and it can be filled again", () => {
  const queue = new PriorityQueue();
  for (let seq = 0; seq < 30; seq++) queue.push(item(seq, seq % 3));
  queue.clear();
  assert.deepEqual([...queue], []);
  assert.equal(queue.size, 0);
  assert.equal(queue.peek(never), undefined);
  queue.push(item(1, 1));
  assert.equal(queue.pop(never)?.seq, 1);
});

/** The law itself: a list, looked through each time. */
class Model {
  readonly items: Prioritised[] = [];
  constructor(readonly agingStepMs: number) {}

  peek(nowMs: number): Prioritised | undefined {
    const effective = ({ priority, acceptedAt }: Prioritised) =>
      Math.min(
        100,
        priority + Math.floor((nowMs - acceptedAt) / this.agingStepMs),
      );
    return this.items.toSorted((a, b) =>
      effective(b) - effective(a) || a.seq - b.seq
    )[0];
  }

  remove(item: Prioritised): void {
    this.items.splice(this.items.indexOf(item), 1);
  }
}

Deno.test("P1 PriorityQueue takes what the law says, whatever happens to it", () => {
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("push" as const),
        n: fc.nat(100),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constantFrom("pop", "requeue", "remove", "time"),
        n: fc.nat(1_000),
      }),
    },
  );
  const steps = fc.array(step, { maxLength: 200, size: "max" });
  // Few priorities make long lanes, many make long comparisons.
  const priorities = fc.constantFrom(1, 3, 101);
  const agingStepMs = fc.constantFrom(1, 10, 1_000, Infinity);
  fc.assert(
    fc.property(
      steps,
      priorities,
      agingStepMs,
      (steps, priorities, agingStepMs) => {
        const queue = new PriorityQueue({ agingStepMs });
        const model = new Model(agingStepMs);
        const taken: Prioritised[] = [];
        let seq = 0;
        let nowMs = 0;
        for (const { do: what, n } of steps) {
          if (what === "push") {
            const added = item(seq++, n % priorities, nowMs);
            queue.push(added);
            model.items.push(added);
          } else if (what === "time") {
            nowMs += n;
          } else if (what === "requeue") {
            const [again] = taken.splice(n % (taken.length || 1), 1);
            if (again) queue.push(again);
            if (again) model.items.push(again);
          } else if (what === "remove") {
            const gone = model.items[n % (model.items.length || 1)];
            if (gone) assert.equal(queue.remove(gone), true);
            if (gone) model.remove(gone);
          } else {
            const expected = model.peek(nowMs);
            assert.equal(queue.peek(at(nowMs)), expected);
            assert.equal(queue.pop(at(nowMs)), expected);
            if (expected) model.remove(expected);
            if (expected) taken.push(expected);
          }
          assert.equal(queue.size, model.items.length);
          const lowest = Math.min(...model.items.map((each) => each.seq));
          assert.equal(queue.oldest()?.seq ?? Infinity, lowest);
        }
        assert.deepEqual(
          [...queue],
          model.items.toSorted((a, b) =>
            b.priority - a.priority || a.seq - b.seq
          ),
        );
      },
    ),
    { numRuns: 1_000 },
  );
});

Deno.test("PriorityQueue.remove() and push() stay fast in a long lane", () => {
  // A walk per call would take 10^10 steps.
  const count = 100_000;
  const queue = new PriorityQueue();
  const items = Array.from({ length: count }, (_, seq) => item(seq));
  for (const each of items) queue.push(each);
  for (let n = 0; n < count; n++) {
    const each = items[(n * 7_919) % count];
    assert.equal(each && queue.remove(each), true);
  }
  assert.equal(queue.size, 0);
});
