import assert from "node:assert/strict";
import { CountedNames } from "../../bus/counted_names.ts";
import { LIMITS } from "../../core/limits.ts";

Deno.test("CountedNames.add() counts by name", () => {
  const names = new CountedNames();
  for (const name of ["a", "b", "a"]) names.add(name);
  assert.equal(names.get("a"), 2);
  assert.equal(names.get("c"), 0);
  assert.deepEqual(names.toRecord(), { a: 2, b: 1 });
});

Deno.test("CountedNames.add() counts what comes after its limit as (other), and loses none", () => {
  const names = new CountedNames();
  const total = LIMITS.maxCountedNames + 5;
  for (let index = 0; index < total; index++) names.add(`n${index}`);
  names.add("n0");
  names.add("n10001");
  names.add("(other)");
  const record = names.toRecord();
  assert.equal(Object.keys(record).length, LIMITS.maxCountedNames + 1);
  assert.equal(record["(other)"], 7);
  assert.equal(record.n0, 2);
  const sum = Object.values(record).reduce((one, other) => one + other, 0);
  assert.equal(sum, total + 3);
});

Deno.test("CountedNames.toRecord() takes the names of an object's own parts for names", () => {
  const names = new CountedNames();
  for (const name of ["__proto__", "constructor", "toString", "__proto__"]) {
    names.add(name);
  }
  const record = names.toRecord();
  assert.deepEqual(Object.entries(record), [
    ["__proto__", 2],
    ["constructor", 1],
    ["toString", 1],
  ]);
  assert.equal(Object.getPrototypeOf(record), Object.prototype);
});

Deno.test("CountedNames.add() counts names that come after its limit in one place, and none of them by itself", () => {
  const names = new CountedNames();
  for (let index = 0; index < LIMITS.maxCountedNames; index++) {
    names.add(`n${index}`);
  }
  for (const name of ["late", "later", "(other)", "late"]) names.add(name);
  assert.equal(names.get("late"), 0);
  assert.equal(names.toRecord()["(other)"], 4);
});

Deno.test("CountedNames.snapshot() gives the counts of its moment, however late they are read", () => {
  const names = new CountedNames();
  for (const name of ["a", "b", "a"]) names.add(name);
  const before = names.snapshot();
  for (const name of ["b", "c"]) names.add(name);
  assert.deepEqual(before(), { a: 2, b: 1 });
  assert.equal(before(), before());
  assert.deepEqual(names.snapshot()(), { a: 2, b: 2, c: 1 });
});
