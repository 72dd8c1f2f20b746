import assert from "node:assert/strict";
import type { RoomyPut, RoomyUpdate } from "../../storage/change_batch.ts";
import {
  type NurseryBlock,
  type NurseryEntry,
  NurseryWriter,
  readBlock,
} from "../../storage/nursery_block.ts";
import { SUM_BYTES } from "../../storage/record_sums.ts";

/** Bytes with room for their checksum. */
function roomy(length: number, value: number): Uint8Array {
  const bytes = new Uint8Array(length + SUM_BYTES);
  bytes.fill(value, 0, length);
  return bytes;
}

/** Bytes that {@linkcode put} comes to. */
const ENTRY_BYTES = 18 + 100 + 20 + SUM_BYTES;

function put(key: number, length = 100, value = key & 255): RoomyPut {
  const [body, state] = [roomy(length, value), roomy(20, 9)];
  return { type: "put", kind: "copy", key, body, state };
}

function update(key: number): RoomyUpdate {
  return { type: "update", kind: "message", key, state: roomy(5, 3) };
}

/** What is written, in blocks of their own bytes. */
function write(
  task: (writer: NurseryWriter) => void,
  writer = new NurseryWriter(),
): NurseryBlock[] {
  writer.begin(7);
  task(writer);
  return writer.finish().map(({ number, bytes }) => ({
    number,
    bytes: bytes.slice(),
  }));
}

function entriesOf(block: NurseryBlock): {
  entries: NurseryEntry[];
  isAll: boolean;
} {
  const entries: NurseryEntry[] = [];
  const reading = readBlock(block);
  let next = reading.next();
  for (; !next.done; next = reading.next()) entries.push(next.value);
  return { entries, isAll: next.value };
}

/** All changes, each of which must be whole. */
function changesOf(blocks: readonly NurseryBlock[]) {
  return blocks.flatMap((block) => {
    const { entries, isAll } = entriesOf(block);
    assert.ok(isAll);
    return entries.map(({ change, isWhole }) => {
      assert.ok(isWhole);
      return change;
    });
  });
}

Deno.test("a nursery's blocks give back what was written, in its order", () => {
  const large = 2 ** 40 + 3;
  const blocks = write((writer) => {
    writer.put(put(1));
    writer.update(update(large));
    writer.put(put(2, 0));
    writer.remove("copy", [1, large, Number.MAX_SAFE_INTEGER]);
    writer.remove("message", []);
  });
  assert.deepEqual(blocks.map(({ number }) => number), [7]);
  assert.deepEqual(changesOf(blocks), [
    put(1),
    update(large),
    put(2, 0),
    {
      type: "removes",
      kind: "copy",
      keys: [1, large, Number.MAX_SAFE_INTEGER],
    },
  ]);
  assert.deepEqual(write(() => {}), []);
});

Deno.test("a block fits into a page, but for one with a single entry that does not", () => {
  const keys = Array.from({ length: 2_000 }, (_, key) => key);
  const blocks = write((writer) => {
    for (let key = 0; key < 300; key++) writer.put(put(key));
    writer.put(put(300, 300_000));
    writer.put(put(301, 9_000));
    for (let key = 302; key < 310; key++) writer.put(put(key));
    writer.remove("copy", keys);
  });
  const sizes = blocks.map(({ bytes }) => bytes.length);
  assert.deepEqual(
    sizes.filter((size) => size > 4_000).map((size) => size > 100_000),
    [true, false],
  );
  const full = Math.ceil(300 / Math.floor(4_000 / ENTRY_BYTES));
  assert.equal(sizes.length, full + 2 + 1 + 5);
  const numbers = blocks.map(({ number }) => number);
  assert.deepEqual(numbers, numbers.map((_, index) => 7 + index));
  const changes = changesOf(blocks);
  const puts = changes.filter(({ type }) => type === "put");
  assert.deepEqual(
    puts.slice(0, 300),
    keys.slice(0, 300).map((key) => put(key)),
  );
  assert.deepEqual(puts.at(300), put(300, 300_000));
  const removed = changes.flatMap((one) =>
    one.type === "removes" ? one.keys : []
  );
  assert.deepEqual(removed, keys);
});

Deno.test("a writer that was used before writes the same", () => {
  const writer = new NurseryWriter();
  const first = write((writer) => {
    for (let key = 0; key < 40; key++) writer.put(put(key, 9_000));
  }, writer);
  const second = write((writer) => writer.put(put(41)), writer);
  assert.equal(first.length, 40);
  assert.deepEqual(changesOf(second), [put(41)]);
});

Deno.test("a flipped bit of a block is never read as if it had been written", () => {
  // A record that has what looks like an entry where its body ends with one bit changed.
  const [seeming] = write((writer) => writer.put(put(77, 0)));
  const body = roomy(180, 0);
  body.set(seeming?.bytes.fill(0, -SUM_BYTES) ?? [], 180 - 128 + 24);
  const [block] = write((writer) => {
    writer.put({ ...put(0), body });
    for (let key = 1; key <= 5; key++) writer.put(put(key, 30));
    writer.update(update(6));
    writer.remove("copy", [7, 8]);
    writer.put(put(9, 30));
  });
  assert.ok(block);
  const sound = new Set(changesOf([block]).map((one) => JSON.stringify(one)));
  let apart = 0;
  for (let bit = 0; bit < 8 * block.bytes.length; bit++) {
    const bytes = block.bytes.slice();
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ 1 << (bit & 7);
    const { entries, isAll } = entriesOf({ ...block, bytes });
    const whole = entries.filter(({ isWhole }) => isWhole)
      .map(({ change }) => JSON.stringify(change));
    for (const text of whole) assert.ok(sound.has(text), `bit ${bit}: ${text}`);
    assert.ok(entries.length - whole.length < 2, `bit ${bit} costs one`);
    assert.ok(!isAll || whole.length < entries.length, `bit ${bit} is told`);
    if (isAll && whole.length === sound.size - 1) apart++;
  }
  // In all but the lengths, it costs the one entry.
  assert.ok(apart > 6 * block.bytes.length, `${apart} cost one entry`);
});

Deno.test("an entry is worth nothing in another block", () => {
  const [block] = write((writer) => writer.put(put(1)));
  assert.ok(block);
  const { entries } = entriesOf({ ...block, number: 8 });
  assert.deepEqual(entries.map(({ isWhole }) => isWhole), [false]);
});

Deno.test("a block that was cut is read up to there", () => {
  const [block] = write((writer) => {
    for (let key = 1; key <= 3; key++) writer.put(put(key));
  });
  assert.ok(block);
  for (let length = 1; length < block.bytes.length; length++) {
    const bytes = block.bytes.subarray(0, length);
    const { entries, isAll } = entriesOf({ ...block, bytes });
    const isBetween: boolean = length % ENTRY_BYTES === 0;
    assert.equal(isAll, isBetween, `${length} bytes`);
    assert.equal(entries.length, Math.floor(length / ENTRY_BYTES));
    assert.ok(entries.every(({ isWhole }) => isWhole));
  }
});
