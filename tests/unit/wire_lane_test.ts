import assert from "node:assert/strict";
import { FrameDecoder } from "../../transports/wire/decoder.ts";
import { frame, FrameKind } from "../../transports/wire/frame.ts";
import { Lane } from "../../transports/wire/lane.ts";

const { ack, extend } = FrameKind;

Deno.test("Lane.merge() finds the last frame behind others that were put in front of it", () => {
  const lane = new Lane();
  const first = new Lane();
  lane.append(frame(extend, { id: 1 }));
  lane.append(frame(ack, { id: 2 }));
  first.append(frame(extend, { id: 9 }));
  const block = first.take();
  assert.ok(block && lane.prepend(block));
  assert.equal(lane.merge(frame(ack, { id: 3 })), true);
  assert.deepEqual(taken(lane), [[extend, 9, 0], [extend, 1, 0], [ack, 2, 1]]);
});

Deno.test("Lane.merge() finds no frame where none waits", () => {
  const lane = new Lane();
  assert.equal(lane.merge(frame(ack, { id: 1 })), false);
  lane.append(frame(ack, { id: 1 }));
  const block = lane.take();
  assert.equal(lane.merge(frame(ack, { id: 2 })), false);
  assert.ok(block);
  lane.reuse(block);
  assert.equal(lane.merge(frame(ack, { id: 2 })), false);
});

/** Kind, id and aux of each frame of the oldest block. */
function taken(lane: Lane): number[][] {
  const { bytes, length } = lane.take() ?? assert.fail("nothing is left");
  const found: number[][] = [];
  new FrameDecoder(1_000).push(
    bytes.subarray(0, length),
    ({ kind, id, aux }) => found.push([kind, id, aux]),
  );
  return found;
}
