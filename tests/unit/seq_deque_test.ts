import assert from "node:assert/strict";
import { SeqDeque, type Sequenced } from "../../core/seq_deque.ts";

function dequeOf(count: number): [SeqDeque<Sequenced>, Sequenced[]] {
  const deque = new SeqDeque<Sequenced>();
  const items = Array.from({ length: count }, (_, seq) => ({ seq }));
  for (const item of items) deque.push(item);
  return [deque, items];
}

Deno.test("SeqDeque gives its memory back as it drains", () => {
  const [deque] = dequeOf(10_000);
  assert.equal(deque.slots, 16_384);
  while (deque.size > 1_000) deque.shift();
  assert.ok(deque.slots <= 4_096, `${deque.slots} slots for 1,000 items`);
  while (deque.size > 0) deque.shift();
  assert.ok(deque.slots <= 64, `${deque.slots} slots for no item`);
});

Deno.test("SeqDeque gives memory back for items removed in the middle", () => {
  const [deque, items] = dequeOf(10_000);
  for (const item of items.slice(1, -1)) deque.remove(item);
  assert.equal(deque.size, 2);
  assert.ok(deque.slots <= 64, `${deque.slots} slots for 2 items`);
  assert.deepEqual([...deque], [items[0], items.at(-1)]);
});

Deno.test("SeqDeque gives memory back for items removed at the end", () => {
  const [deque, items] = dequeOf(10_000);
  for (const item of items.toReversed()) deque.remove(item);
  assert.equal(deque.size, 0);
  assert.ok(deque.slots <= 64, `${deque.slots} slots for no item`);
});

Deno.test("SeqDeque does not grow while items are removed and put back", () => {
  const [deque, items] = dequeOf(100);
  for (let round = 0; round < 10_000; round++) {
    const item = items[1 + round % 98];
    assert.ok(item);
    assert.equal(deque.remove(item), true);
    deque.push(item);
  }
  assert.deepEqual([...deque], items);
  assert.ok(deque.slots <= 512, `${deque.slots} slots for 100 items`);
});
