import assert from "node:assert/strict";
import { BusError } from "../../core/errors.ts";
import { type Checksums, FrameDecoder } from "../../transports/wire/decoder.ts";
import { frameBytes } from "../../transports/wire/frame.ts";
import { Chance } from "./fuzz/chance.ts";
import { fuzzCase } from "./fuzz/fuzz_case.ts";
import { makeStock } from "./fuzz/stock.ts";

const SEED = 0xc4;
const SEQUENCES = 500;
const SPLITS = 50_000;
/** Longer ones are not cut at every place: that takes the square of their length. */
const MOST_BYTES = 2_000;

const STOCK = makeStock(SEED);

Deno.test("W2 FrameDecoder.push() gives the same frames, and fails at the same place, wherever a stream is cut in two", () => {
  for (const { bytes, checksums } of sequences()) {
    const whole = readPieces([bytes], checksums);
    for (let at = 1; at < bytes.length; at++) {
      const pieces = [bytes.subarray(0, at), bytes.subarray(at)];
      const read = readPieces(pieces, checksums);
      if (read !== whole) assert.equal(read, whole, `cut at ${at}`);
    }
  }
});

Deno.test("W2 FrameDecoder.push() gives the same frames, and fails at the same place, one byte at a time", () => {
  for (const { bytes, checksums } of sequences()) {
    const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte));
    const whole = readPieces([bytes], checksums);
    assert.equal(readPieces(pieces, checksums), whole);
  }
});

Deno.test("W2 FrameDecoder.push() gives the same frames, and fails at the same place, in 50,000 random splits", () => {
  const all = sequences().map((sequence) => ({
    ...sequence,
    whole: readPieces([sequence.bytes], sequence.checksums),
  }));
  for (let split = 0; split < SPLITS; split++) {
    const chance = new Chance(SEED, split);
    const { bytes, checksums, whole } = chance.pick(all);
    const read = readPieces(anySplit(chance, bytes), checksums);
    if (read !== whole) assert.equal(read, whole, `split ${split}`);
  }
});

interface Sequence {
  readonly bytes: Uint8Array;
  readonly checksums: Checksums;
}

/** Streams, half of them intact, the others broken somewhere, and of a third the first frame says whether it has checksums. */
function sequences(): Sequence[] {
  const found: Sequence[] = [];
  let intact = 0;
  for (let place = 0; found.length < SEQUENCES; place++) {
    const tried = fuzzCase(SEED, place, STOCK);
    if (tried.bytes.length > MOST_BYTES) continue;
    if (!tried.intact && found.length - intact >= SEQUENCES / 2) continue;
    if (tried.intact) intact++;
    const { bytes, checksums } = tried;
    found.push({ bytes, checksums: place % 3 === 0 ? "as-first" : checksums });
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
function readPieces(
  pieces: readonly Uint8Array[],
  checksums: Checksums,
): string {
  const decoder = new FrameDecoder(100_000, checksums);
  const read: string[] = [];
  let at = 0;
  try {
    for (const piece of pieces) {
      decoder.push(piece, (frame) => {
        const { kind, flags, priority, id, aux, head, payload } = frame;
        const numbers = [kind, flags, priority, id, aux];
        read.push(`${numbers} ${sum(head)} ${sum(payload)}`);
        at += frameBytes(frame, decoder.checksums);
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
