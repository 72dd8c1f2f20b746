import assert from "node:assert/strict";
import {
  decodeBatch,
  encodeBatch,
  lastChanges,
} from "../../storage/change_batch.ts";
import { readNumbers } from "../../storage/number_list.ts";
import {
  isWhole,
  RecordSums,
  sealPart,
  SUM_BYTES,
} from "../../storage/record_sums.ts";
import { type Change, RECORD_KINDS } from "../../storage/store.ts";

const SOME = Uint8Array.of(1, 2, 3);
const OTHER = Uint8Array.of(4, 5);

/** Changes as they come out of a batch, without the room for their checksums. */
function roundTrip(changes: readonly Change[]): Change[] {
  return [...decodeBatch(encodeBatch(changes))].map(withoutRoom);
}

function withoutRoom(change: Change): Change {
  if (change.type === "remove") return change;
  const state = change.state.slice(0, -SUM_BYTES);
  if (change.type === "update") return { ...change, state };
  return { ...change, body: change.body.slice(0, -SUM_BYTES), state };
}

Deno.test("decodeBatch() gives what encodeBatch() took", () => {
  const changes: Change[] = RECORD_KINDS.flatMap((kind, index): Change[] => [
    { type: "put", kind, key: index, body: SOME, state: OTHER },
    { type: "update", kind, key: 2 ** 32 + index, state: SOME },
    { type: "remove", kind, key: Number.MAX_SAFE_INTEGER - index },
  ]);
  assert.deepEqual(roundTrip(changes), changes);
});

Deno.test("decodeBatch() gives empty parts and empty batches back", () => {
  const nothing = new Uint8Array();
  const changes: Change[] = [
    { type: "put", kind: "copy", key: 0, body: nothing, state: nothing },
    { type: "update", kind: "copy", key: 0, state: nothing },
  ];
  assert.deepEqual(roundTrip(changes), changes);
  assert.deepEqual(roundTrip([]), []);
});

Deno.test("encodeBatch() copies what it is given", () => {
  const body = SOME.slice();
  const batch = encodeBatch([
    { type: "put", kind: "copy", key: 1, body, state: OTHER },
  ]);
  body.fill(0);
  const [change] = decodeBatch(batch);
  assert.ok(change?.type === "put");
  assert.deepEqual(change.body.slice(0, -SUM_BYTES), SOME);
});

Deno.test("a sealed part is not whole under another name, or with another byte", () => {
  const sums = new RecordSums();
  const state = new Uint8Array([...SOME, 0, 0, 0, 0]);
  sealPart(sums.nameSum("copy", 1), state);
  assert.ok(isWhole(sums.nameSum("copy", 1), state));
  assert.ok(!isWhole(sums.nameSum("copy", 2), state));
  assert.ok(!isWhole(sums.nameSum("copy", 1 + 2 ** 32), state));
  assert.ok(!isWhole(sums.nameSum("letter", 1), state));
  assert.ok(!isWhole(sums.nameSum("copy", 1), state.subarray(0, 2)));
  for (let bit = 0; bit < 8 * state.length; bit++) {
    const changed = state.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ 1 << (bit & 7);
    assert.ok(!isWhole(sums.nameSum("copy", 1), changed), `bit ${bit}`);
  }
});

Deno.test("lastChanges() tells what changes come to, one of each record", () => {
  const put = (key: number, body: Uint8Array): Change => ({
    ...{ type: "put", kind: "copy", key, body, state: SOME },
  });
  const update = (key: number): Change => ({
    ...{ type: "update", kind: "copy", key, state: OTHER },
  });
  const remove = (key: number): Change => ({
    type: "remove",
    kind: "copy",
    key,
  });
  const all = lastChanges(encodeBatch([
    ...[put(1, SOME), update(1)],
    ...[put(2, SOME), put(2, OTHER)],
    ...[put(3, SOME), remove(3), update(3)],
    ...[remove(4), put(4, SOME)],
    ...[update(5), update(5)],
    ...[update(6), remove(6)],
    { type: "remove", kind: "letter", key: 1 },
  ]));
  assert.deepEqual([...all.keys()], ["copy", "letter"]);
  const { puts = [], updates = [], removes } = all.get("copy") ?? {};
  assert.deepEqual(puts.map(withoutRoom), [
    { ...put(1, SOME), state: OTHER },
    put(2, OTHER),
    put(4, SOME),
  ]);
  assert.deepEqual(updates.map(withoutRoom), [update(5)]);
  assert.deepEqual(removes, [3, 6]);
});

Deno.test("decodeBatch() refuses what encodeBatch() did not write", () => {
  const batch = encodeBatch([{ type: "remove", kind: "copy", key: 1 }]);
  new Uint8Array(batch)[4] = 9;
  assert.throws(() => [...decodeBatch(batch)], TypeError);
});

Deno.test("readNumbers() reads as many whole numbers as there must be, or says that there are not", () => {
  const largest = Number.MAX_SAFE_INTEGER;
  assert.deepEqual(
    readNumbers(`0,7,4096,${largest}`, 4),
    Float64Array.of(0, 7, 4096, largest),
  );
  for (const text of ["", "1", "1,2,3", null, new Uint8Array(2)]) {
    assert.equal(readNumbers(text, 2), undefined);
  }
});
