import assert from "node:assert/strict";
import { BusError } from "../../core/errors.ts";
import { FrameDecoder } from "../../transports/wire/decoder.ts";
import { frameBytes } from "../../transports/wire/frame.ts";
import { Chance } from "./fuzz/chance.ts";
import { type FuzzCase, fuzzCase } from "./fuzz/fuzz_case.ts";
import { makeStock } from "./fuzz/stock.ts";

const SEED = 0xc4;
const SEQUENCES = 500;
const SPLITS = 50_000;
/** Longer ones are not cut at every place: that takes the square of their length. */
const MOST_BYTES = 2_000;

const STOCK = makeStock(SEED);

Deno.test("W2 FrameDecoder.push() gives the same frames, and fails at the same place, wherever a stream is cut in two", () => {
  for (const { bytes } of sequences()) {
    const whole = readPieces([bytes]);
    for (let at = 1; at < bytes.length; at++) {
      const read = readPieces([bytes.subarray(0, at), bytes.subarray(at)]);
      if (read !== whole) assert.equal(read, whole, `cut at ${at}`);
    }
  }
});

Deno.test("W2 FrameDecoder.push() gives the same frames, and fails at the same place, one byte at a time", () => {
  for (const { bytes } of sequences()) {
    const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte));
    assert.equal(readPieces(pieces), readPieces([bytes]));
  }
});

Deno.test("W2 FrameDecoder.push() gives the same frames, and fails at the same place, in 50,000 random splits", () => {
  const all = sequences().map(({ bytes }) => ({
    bytes,
    whole: readPieces([bytes]),
  }));
  for (let split = 0; split < SPLITS; split++) {
    const chance = new Chance(SEED, split);
    const { bytes, whole } = chance.pick(all);
    const read = readPieces(anySplit(chance, bytes));
    if (read !== whole) assert.equal(read, whole, `split ${split}`);
  }
});

/** Streams, half of them intact, the others broken somewhere. */
function sequences(): FuzzCase[] {
  const found: FuzzCase[] = [];
  let intact = 0;
  for (let place = 0; found.length < SEQUENCES; place++) {
    const tried = fuzzCase(SEED, place, STOCK);
    if (tried.bytes.length > MOST_BYTES) continue;
    if (!tried.intact && found.length - intact >= SEQUENCES / 2) continue;
    if (tried.intact) intact++;
    found.push(tried);
  }
  return found;
}

function anySplit(chance: Chance, bytes: Uint8Array): Uint8Array[] {
  const most = chance.pick([2, 24, 200, bytes.length]);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + chance.between(1, most);
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}

/** What is read, as one text: each frame, and where and how it ends. */
function readPieces(pieces: readonly Uint8Array[]): string {
  const decoder = new FrameDecoder(100_000);
  const read: string[] = [];
  let at = 0;
  try {
    for (const piece of pieces) {
      decoder.push(piece, (frame) => {
        const { kind, flags, priority, id, aux, head, payload } = frame;
        const numbers = [kind, flags, priority, id, aux];
        read.push(`${numbers} ${sum(head)} ${sum(payload)}`);
        at += frameBytes(frame);
      });
    }
    read.push(`${decoder.pendingBytes} bytes of a frame at ${at}`);
  } catch (error) {
    assert.ok(error instanceof BusError);
    read.push(`at ${at} ${error.code}: ${error.message}`);
  }
  return read.join("\n");
}

/** A number that differs where bytes do (FNV-1a), and their count. */
function sum(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return `${bytes.length}:${hash >>> 0}`;
}
