import assert from "node:assert/strict";
import fc from "fast-check";
import { BusError } from "../../core/errors.ts";
import { FrameDecoder } from "../../transports/wire/decoder.ts";
import {
  type Frame,
  frame,
  FrameKind,
  HEADER_BYTES,
} from "../../transports/wire/frame.ts";
import type { ReceivedFrame } from "../../transports/wire/received_frame.ts";
import { upTo } from "../support/agent_stage.ts";
import { anyFrame, copyFrame, cut, encodeFrames } from "../support/frames.ts";

const MAX_FRAME_BYTES = 4_096;

Deno.test("FrameDecoder.push() gives the same frames however the stream is cut", () => {
  fc.assert(
    fc.property(
      fc.array(anyFrame, { maxLength: 8 }),
      fc.array(fc.nat({ max: 3_000 }), { maxLength: 40 }),
      (frames, places) => {
        const { received, error } = decode(cut(encodeFrames(frames), places));
        assert.equal(error, undefined);
        assert.deepEqual(received, frames.map(copyFrame));
      },
    ),
    { numRuns: 1_000 },
  );
});

Deno.test("FrameDecoder.push() gives the same frames and error at every one-byte cut", () => {
  fc.assert(
    fc.property(
      fc.array(anyFrame, { maxLength: 3 }),
      fc.uint8Array(),
      (frames, tail) => {
        const bytes = join([encodeFrames(frames), tail]);
        const whole = decode([bytes]);
        const single = decode(Array.from(bytes, (byte) => Uint8Array.of(byte)));
        assert.deepEqual(single, whole);
      },
    ),
    { numRuns: 1_000 },
  );
});

Deno.test("FrameDecoder.push() gives mutated streams a typed error, or frames that were in them", () => {
  fc.assert(
    fc.property(
      fc.array(anyFrame, { minLength: 1, maxLength: 4 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      fc.array(fc.nat({ max: 1_000 }), { maxLength: 5 }),
      (frames, place, mask, places) => {
        const bytes = encodeFrames(frames);
        const at = place % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ mask;
        const whole = decode([bytes]);
        assert.deepEqual(decode(cut(bytes, places)), whole);
        const text = whole.error ?? "protocol: Cannot read frame";
        // The one bit that says whether there are checksums is no fault of the peer's.
        assert.match(text, /^(protocol|unreachable): Cannot read frame/);
      },
    ),
    { numRuns: 1_000 },
  );
});

for (const length of [2 ** 31, 2 ** 32 - 1, MAX_FRAME_BYTES + 1]) {
  Deno.test(`FrameDecoder.push() refuses a length of ${length} at its fourth byte`, () => {
    const prefix = new Uint8Array(4);
    new DataView(prefix.buffer).setUint32(0, length);
    const decoder = new FrameDecoder(MAX_FRAME_BYTES);
    decoder.push(prefix.subarray(0, 3), never);
    assert.throws(() => decoder.push(prefix.subarray(3), never), {
      code: "protocol",
      message:
        `Cannot read frame as its length must be at most maxFrameBytes, 4096: its header says ${length}`,
    });
    assert.equal(decoder.heldBytes <= 256, true);
  });
}

Deno.test("FrameDecoder.push() holds no more than twice what arrived of a frame", () => {
  const decoder = new FrameDecoder(2 ** 31);
  const start = new Uint8Array(1_000);
  new DataView(start.buffer).setUint32(0, 2 ** 31);
  start[4] = FrameKind.send;
  decoder.push(start, never);
  assert.equal(decoder.heldBytes <= 2_000, true);
  for (let round = 0; round < 99; round++) {
    decoder.push(new Uint8Array(1_000), never);
  }
  assert.equal(decoder.heldBytes <= 200_000, true);
});

Deno.test("FrameDecoder.push() lets go of the buffer of a large frame", () => {
  const decoder = new FrameDecoder(2 ** 20);
  const bytes = encodeFrames([
    frame(FrameKind.send, { payload: new Uint8Array(500_000) }),
  ]);
  let received = 0;
  for (const chunk of cut(bytes, [100_000, 200_000])) {
    decoder.push(chunk, () => received++);
  }
  assert.equal(received, 1);
  assert.equal(decoder.heldBytes, 0);
});

Deno.test("FrameDecoder.push() refuses lengths, heads and kinds that cannot be", () => {
  const valid = encodeFrames([
    frame(FrameKind.send, { head: Uint8Array.of(1) }),
  ]);
  const change = (at: number, value: number) => {
    const bytes = valid.slice();
    bytes[at] = value;
    return decode([bytes]).error ?? "";
  };
  assert.match(change(3, 15), /at least 16: its header says 15$/);
  assert.match(change(19, 2), /its head must fit into it: 2 bytes of 1$/);
  assert.match(
    change(4, 99),
    /its kind must be known to version 1: its header says 99$/,
  );
});

Deno.test("FrameDecoder.push() tells where head and payload lie, of a whole frame and of a split one", () => {
  fc.assert(
    fc.property(
      fc.array(anyFrame, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat({ max: 1_000 }), { maxLength: 3 }),
      (frames, places) => {
        const decoder = new FrameDecoder(MAX_FRAME_BYTES);
        const found: unknown[] = [];
        for (const chunk of cut(encodeFrames(frames), places)) {
          decoder.push(chunk, ({ bytes, headAt, payloadAt, end, ...rest }) => {
            const { kind, id } = rest;
            const head = bytes.slice(headAt, payloadAt);
            found.push([kind, id, head, bytes.slice(payloadAt, end)]);
          });
        }
        assert.deepEqual(
          found,
          frames.map((
            { kind, id, head, payload },
          ) => [kind, id, head, payload]),
        );
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("FrameDecoder.push() hands out the same frame again, which holds no buffer afterwards", () => {
  const decoder = new FrameDecoder(2 ** 20);
  const payload = new Uint8Array(100_000);
  const bytes = encodeFrames([
    frame(FrameKind.send, { id: 1, payload }),
    frame(FrameKind.send, { id: 2 }),
  ]);
  const received = new Set<ReceivedFrame>();
  const sizes: number[] = [];
  for (const chunk of cut(bytes, [50_000])) {
    decoder.push(chunk, (each) => {
      received.add(each);
      sizes.push(each.payloadBytes, each.payload.length);
    });
  }
  assert.deepEqual(sizes, [100_000, 100_000, 0, 0]);
  assert.deepEqual([...received].map((each) => each.bytes.length), [0]);
});

Deno.test("FrameDecoder.push() gives frames the same chunk only where they lie in the same bytes", () => {
  const decoder = new FrameDecoder(2 ** 20);
  const frames = upTo(12).map((id) =>
    frame(FrameKind.send, { id, head: new Uint8Array(20) })
  );
  const bytes = encodeFrames(frames);
  const one = bytes.length / frames.length;
  const chunks: object[] = [];
  // The fourth frame, the eighth and the ninth come in two pieces.
  for (const chunk of cut(bytes, [3.5 * one, 7.5 * one, 8.5 * one])) {
    decoder.push(chunk, (each) => chunks.push(each.chunk));
  }
  const distinct = [...new Set(chunks)];
  assert.deepEqual(
    chunks.map((chunk) => distinct.indexOf(chunk)),
    [0, 0, 0, 1, 2, 2, 2, 3, 4, 5, 5, 5],
  );
});

Deno.test("FrameDecoder.maxFrameBytes holds from the next frame of a chunk on", () => {
  const decoder = new FrameDecoder(64);
  const bytes = encodeFrames([
    frame(FrameKind.hello),
    frame(FrameKind.send, { payload: new Uint8Array(1_000) }),
  ]);
  const kinds: number[] = [];
  decoder.push(bytes, ({ kind }) => {
    kinds.push(kind);
    decoder.maxFrameBytes = 2_000;
  });
  assert.deepEqual(kinds, [FrameKind.hello, FrameKind.send]);
});

Deno.test("FrameDecoder.stop() gives no more frames of the same chunk or later ones", () => {
  const decoder = new FrameDecoder(64);
  const bytes = encodeFrames([frame(FrameKind.ping), frame(FrameKind.pong)]);
  let received = 0;
  decoder.push(bytes, () => {
    received++;
    decoder.stop();
  });
  decoder.push(bytes.subarray(0, HEADER_BYTES), () => received++);
  assert.equal(received, 1);
});

/** What a stream of chunks gives: the frames up to the first error, and that error's code and text. */
function decode(chunks: readonly Uint8Array[]) {
  const decoder = new FrameDecoder(MAX_FRAME_BYTES);
  const received: Frame[] = [];
  try {
    for (const chunk of chunks) {
      decoder.push(chunk, (each) => received.push(copyFrame(each)));
    }
  } catch (error) {
    assert.ok(error instanceof BusError);
    return { received, error: `${error.code}: ${error.message}` };
  }
  return { received, error: undefined };
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function never(): void {
  assert.fail("no frame is complete");
}
