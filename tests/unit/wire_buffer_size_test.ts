import assert from "node:assert/strict";
import { BufferSize } from "../../transports/wire/buffer_size.ts";

Deno.test("BufferSize.grow() goes up in steps of four, to the most and no further", () => {
  const size = new BufferSize(256, 2_000);
  const seen = [size.bytes];
  for (let n = 0; n < 3; n++) {
    size.grow();
    seen.push(size.bytes);
  }
  assert.deepEqual(seen, [256, 1_024, 2_000, 2_000]);
});

Deno.test("BufferSize.used() goes down a step once little was used eight times in a row", () => {
  const size = grown();
  for (let n = 0; n < 7; n++) size.used(1);
  assert.equal(size.bytes, 4_096);
  size.used(1);
  assert.equal(size.bytes, 1_024);
});

Deno.test("BufferSize.used() begins to count anew after much was used, or too little was there", () => {
  const size = grown();
  for (let n = 0; n < 7; n++) size.used(1);
  size.used(4_096);
  for (let n = 0; n < 7; n++) size.used(1);
  assert.equal(size.bytes, 4_096);
  size.grow();
  for (let n = 0; n < 7; n++) size.used(1);
  assert.equal(size.bytes, 16_384);
});

Deno.test("BufferSize.used() never goes below the first size", () => {
  const size = grown();
  for (let n = 0; n < 100; n++) size.used(0);
  assert.equal(size.bytes, 256);
});

/** Of 256 bytes at first, 4,096 now and 65,536 at most. */
function grown(): BufferSize {
  const size = new BufferSize(256, 65_536);
  size.grow();
  size.grow();
  return size;
}
