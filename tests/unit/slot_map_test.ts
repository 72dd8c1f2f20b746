import assert from "node:assert/strict";
import fc from "fast-check";
import { SlotMap } from "../../core/slot_map.ts";
import { heapBytes } from "../wire/fuzz/heap.ts";

Deno.test("SlotMap has what a Map would have, in its order, whatever comes and goes", () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(12)), {
    maxLength: 200,
  });
  fc.assert(fc.property(steps, (steps) => {
    const map = new SlotMap<string, object>();
    const model = new Map<string, object>();
    for (const [adds, number] of steps) {
      const key = `key ${number}`;
      if (adds) {
        const value = { number };
        map.set(key, value);
        model.set(key, value);
      } else {
        assert.equal(map.take(key), model.get(key));
        model.delete(key);
      }
      assert.equal(map.size, model.size);
      assert.equal(map.get(key), model.get(key));
      assert.deepEqual(map.values(), [...model.values()]);
    }
  }));
});

Deno.test("SlotMap has as many slots as it ever had values, and few once it was empty", () => {
  const map = new SlotMap<number, object>();
  for (let round = 0; round < 3; round++) {
    for (let key = 0; key < 1_000; key++) map.set(key, { key });
    for (let key = 1_000; key < 5_000; key++) {
      assert.deepEqual(map.take(key - 1_000), { key: key - 1_000 });
      map.set(key, { key });
    }
    assert.equal(map.slots, 1_000);
    for (let key = 4_000; key < 5_000; key++) map.take(key);
    assert.equal(map.size, 0);
    assert.ok(map.slots <= 64, `${map.slots} slots for nothing`);
  }
});

Deno.test("SlotMap lets go of what is taken out", () => {
  const map = new SlotMap<number, object>();
  const before = heapBytes();
  for (let key = 0; key < 100; key++) {
    map.set(key, new Array<number>(10_000).fill(0));
  }
  // One stays, or all slots would be given back.
  for (let key = 1; key < 100; key++) map.take(key);
  // 80,000 bytes each.
  const left = heapBytes() - before;
  assert.ok(left < 1_000_000, `${left} bytes for one of 100`);
  assert.equal(map.size, 1);
});
