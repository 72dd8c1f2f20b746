import assert from "node:assert/strict";
import fc from "fast-check";
import { BusError } from "../../core/errors.ts";
import { checksum } from "../../transports/wire/checksum.ts";
import { FrameDecoder } from "../../transports/wire/decoder.ts";
import {
  type Frame,
  frame,
  frameBytes,
  FrameForm,
  FrameKind,
} from "../../transports/wire/frame.ts";
import { anyFrame, copyFrame, cut, encodeFrames } from "../support/frames.ts";

const MAX_FRAME_BYTES = 4_096;
const ACK = frame(FrameKind.ack, { id: 7 });
const NACK = frame(FrameKind.nack, { id: 8, payload: bytesOf("no") });
const DELIVER = frame(FrameKind.deliver, {
  flags: 2,
  priority: 50,
  id: 1,
  aux: 2,
  head: Uint8Array.of(1, 0, 1, 0),
  payload: bytesOf('{"n":1}'),
});

Deno.test("checksum() is the CRC-32 that everybody has, of a part, and of two parts in a row", () => {
  const bytes = bytesOf("0123456789");
  assert.equal(checksum(bytes, 1, 10), 0xcbf43926);
  assert.equal(checksum(bytes, 5, 10, checksum(bytes, 1, 5)), 0xcbf43926);
  assert.equal(checksum(bytes, 5, 5, 77), 77);
});

Deno.test("FrameDecoder.push() gives the same frames with checksums, however the stream is cut", () => {
  fc.assert(
    fc.property(
      fc.array(anyFrame, { maxLength: 8 }),
      fc.array(fc.nat({ max: 3_000 }), { maxLength: 40 }),
      fc.constantFrom<true | "as-first">(true, "as-first"),
      (frames, places, checksums) => {
        const chunks = cut(encodeFrames(frames, true), places);
        const { received, error } = decode(chunks, checksums);
        assert.equal(error, undefined);
        assert.deepEqual(received, frames.map(copyFrame));
      },
    ),
    { numRuns: 1_000 },
  );
});

for (const sent of [[ACK], [NACK, ACK], [DELIVER, NACK], [ACK, ACK, DELIVER]]) {
  const kinds = sent.map(({ kind }) => kind).join(", ");
  Deno.test(`W5 FrameDecoder.push() gives nothing that was not sent, whichever bit of kinds ${kinds} is turned over`, () => {
    const bytes = encodeFrames(sent, true);
    const expected = sent.map(copyFrame);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const turned = turnedOver(bytes, bit);
      const inBytes = Array.from(turned, (byte) => Uint8Array.of(byte));
      const before = wholeFrames(sent, bit);
      for (const chunks of [[turned], inBytes]) {
        const { received, error } = decode(chunks, true);
        assert.deepEqual(received, expected.slice(0, before), `bit ${bit}`);
        assert.equal(error, "unreachable", `bit ${bit}`);
      }
    }
  });
}

Deno.test("W5 FrameDecoder.push() gives nothing that was not sent, whichever two bits in a row of four bytes are turned over", () => {
  const bytes = encodeFrames([DELIVER], true);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    for (let other = bit + 1; other < bit + 32; other++) {
      if (other >= bytes.length * 8) break;
      const turned = turnedOver(turnedOver(bytes, bit), other);
      const { received, error } = decode([turned], true);
      assert.deepEqual(received, []);
      assert.equal(error, "unreachable", `bits ${bit} and ${other}`);
    }
  }
});

Deno.test("W5 FrameDecoder.push() gives no body behind the header of another frame", () => {
  const [one, other] = ["yes", "not"].map((text, id) =>
    encodeFrames([frame(FrameKind.nack, { id, payload: bytesOf(text) })], true)
  );
  assert.ok(one && other);
  const crossed = one.slice();
  crossed.set(other.subarray(24), 24);
  assert.deepEqual(decode([crossed], true), {
    received: [],
    error: "unreachable",
  });
});

Deno.test("FrameDecoder.push() believes a length above the limit when its checksum is there and right, and holds little until then", () => {
  const large = { payload: new Uint8Array(MAX_FRAME_BYTES) };
  const start = encodeFrames([frame(FrameKind.send, large)], true).slice(0, 24);
  const pushed = (bytes: Uint8Array) => {
    const decoder = new FrameDecoder(MAX_FRAME_BYTES, true);
    decoder.push(bytes.subarray(0, 23), never);
    assert.equal(decoder.pendingBytes, 23);
    assert.ok(decoder.heldBytes <= 256);
    decoder.push(bytes.subarray(23), never);
  };
  assert.throws(() => pushed(start), {
    code: "protocol",
    message: /^Cannot read frame as its length must be at most maxFrameBytes/,
  });
  assert.throws(() => pushed(turnedOver(start, 0)), {
    code: "unreachable",
    message:
      "Cannot read frame as its header must have the checksum that was sent with it: bits were turned over on the way",
  });
});

Deno.test("FrameDecoder.push() refuses frames of the other form as soon as that can be seen", () => {
  for (const checksums of [true, false]) {
    const others = encodeFrames([NACK], !checksums);
    const decoder = new FrameDecoder(MAX_FRAME_BYTES, checksums);
    decoder.push(others.subarray(0, 7), never);
    const wanted = checksums ? "checksums" : "no checksums";
    assert.throws(() => decoder.push(others.subarray(7, 8), never), {
      code: "unreachable",
      message:
        `Cannot read frame as it must have ${wanted}: its header says otherwise`,
    });
    assert.equal(decode([others], checksums).error, "unreachable");
  }
});

Deno.test("FrameDecoder.checksums is what the first frame says, once its form is there", () => {
  for (const checksums of [true, false]) {
    const bytes = encodeFrames([ACK, NACK], checksums);
    const decoder = new FrameDecoder(MAX_FRAME_BYTES, "as-first");
    decoder.push(bytes.subarray(0, 7), never);
    assert.equal(decoder.checksums, undefined);
    decoder.push(bytes.subarray(7, 8), never);
    assert.equal(decoder.checksums, checksums);
    const kinds: number[] = [];
    decoder.push(bytes.subarray(8), ({ kind }) => kinds.push(kind));
    assert.deepEqual(kinds, [FrameKind.ack, FrameKind.nack]);
    const others = encodeFrames([ACK], !checksums);
    assert.throws(() => decoder.push(others, never), { code: "unreachable" });
  }
});

Deno.test("FrameDecoder.push() judges the length of a first frame before its form, however it is cut", () => {
  const bytes = encodeFrames([ACK], true);
  bytes[0] = 255;
  const inBytes = Array.from(bytes, (byte) => Uint8Array.of(byte));
  for (const chunks of [[bytes], inBytes, cut(bytes, [6])]) {
    assert.equal(decode(chunks, "as-first").error, "protocol");
  }
});

Deno.test("FrameDecoder.push() ignores bits of the form that have no name", () => {
  const bytes = encodeFrames([ACK]);
  bytes[7] = 0xff & ~FrameForm.checksummed;
  assert.equal(decode([bytes], false).received.length, 1);
});

/** How many frames are complete in front of a bit. */
function wholeFrames(frames: readonly Frame[], bit: number): number {
  let at = 0;
  return frames.findIndex((each) => {
    at += frameBytes(each, true);
    return bit < at * 8;
  });
}

function turnedOver(bytes: Uint8Array, bit: number): Uint8Array {
  const turned = bytes.slice();
  turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return turned;
}

/** The frames up to the first error, and its code. */
function decode(
  chunks: readonly Uint8Array[],
  checksums: boolean | "as-first",
) {
  const decoder = new FrameDecoder(MAX_FRAME_BYTES, checksums);
  const received: Frame[] = [];
  try {
    for (const chunk of chunks) {
      decoder.push(chunk, (each) => received.push(copyFrame(each)));
    }
  } catch (error) {
    assert.ok(error instanceof BusError);
    return { received, error: error.code };
  }
  return { received, error: undefined };
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function never(): void {
  assert.fail("no frame is complete");
}
