import assert from "node:assert/strict";
import { Dice } from "../support/dice.ts";

Deno.test("Dice.fork() is not moved by draws from where it came", () => {
  const one = new Dice(7);
  const other = new Dice(7);
  other.int(0, 9);
  assert.equal(one.fork("a").next(), other.fork("a").next());
  assert.notEqual(one.fork("a").next(), one.fork("b").next());
});

Deno.test("Dice draws evenly", () => {
  const dice = new Dice(3);
  const counts = new Array<number>(10).fill(0);
  for (let n = 0; n < 100_000; n++) {
    const drawn = dice.int(0, 9);
    counts[drawn] = (counts[drawn] ?? 0) + 1;
  }
  assert.ok(counts.every((count) => Math.abs(count - 10_000) < 500));
});
