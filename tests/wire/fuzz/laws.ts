import { BusError } from "../../../core/errors.ts";
import {
  decodeEnvelope,
  decodePayload,
  encodePayload,
  EnvelopeEncoder,
  type EnvelopeFields,
  type Frame,
  frameBytes,
  FrameFlag,
  FrameKind,
} from "../../../transports/transport.ts";
import { FrameDecoder } from "../../../transports/wire/decoder.ts";
import { isFrameKind, writeFrame } from "../../../transports/wire/frame.ts";
import { type ReadStream, StreamReader } from "../stream_reader.ts";
import { Chance } from "./chance.ts";
import type { FuzzCase } from "./fuzz_case.ts";
import { frameEnds } from "./mutations.ts";

const FIRST_BYTES = 256;
/** The codes that a stream may end with. */
const STREAM_ENDS = ["protocol", "unreachable"];
const ENCODER = new EnvelopeEncoder();

/** Reads a case as its reader does, all of it at once. */
export function readWhole(tried: FuzzCase): ReadStream {
  return read(tried, [tried.bytes]);
}

/**
 * Checks what was read of a case against every law of the codec.
 *
 * @throws {Error} If one is broken, saying which.
 */
export function checkLaws(tried: FuzzCase, whole: ReadStream): void {
  checkPieces(tried, whole);
  checkFrames(tried);
  if (Object.keys(Object.prototype).length > 0) {
    throw new Error("a prototype was changed");
  }
}

function read(
  { role, phase, maxMessageBytes, checksums, bytes }: FuzzCase,
  chunks: readonly Uint8Array[],
): ReadStream {
  const reader = new StreamReader(role, phase, maxMessageBytes, checksums);
  for (const chunk of chunks) {
    reader.take(chunk);
    if (reader.decoder.heldBytes > FIRST_BYTES + 2 * bytes.length) {
      throw new Error(`the decoder holds ${reader.decoder.heldBytes} bytes`);
    }
  }
  return reader.result();
}

/** However the stream is cut, the same is read of it. */
function checkPieces(tried: FuzzCase, whole: ReadStream): void {
  const { bytes, place } = tried;
  const chance = new Chance(place, -1);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + chance.below(chance.oneIn(3) ? 24 : 400);
    chunks.push(bytes.slice(at, end));
    at = end;
  }
  const inPieces = JSON.stringify(read(tried, chunks));
  if (inPieces !== JSON.stringify(whole)) {
    throw new Error(`in ${chunks.length} pieces it is read as ${inPieces}`);
  }
}

/** Whatever is accepted is written again as it was, or as something that is read alike. */
function checkFrames(tried: FuzzCase): void {
  const { bytes, checksums, sent, intact, frames } = tried;
  const wanted = sent && framesOf(sent);
  let at = 0;
  let count = 0;
  let known = true;
  try {
    new FrameDecoder(bytes.length, checksums).push(bytes, (frame) => {
      const arrived = bytes.subarray(at, at + frameBytes(frame, checksums));
      checkFrame(frame, arrived, checksums);
      if (wanted && !wanted.has(arrived.toHex())) {
        throw new Error(`frame ${count} is accepted, and was never sent`);
      }
      at += arrived.length;
      count++;
    });
  } catch (error) {
    if (!(error instanceof BusError)) throw error;
    if (!STREAM_ENDS.includes(error.code)) throw error;
    known = isFrameKind(bytes[at + 4] ?? 0);
  }
  if (intact && known && count !== frames) {
    throw new Error(`of ${frames} frames ${count} are read`);
  }
}

/** Each frame of an intact stream, as hex digits. */
function framesOf(bytes: Uint8Array): Set<string> {
  const ends = frameEnds(bytes);
  return new Set(
    ends.map((end, index) => bytes.slice(ends[index - 1] ?? 0, end).toHex()),
  );
}

function checkFrame(
  frame: Frame,
  arrived: Uint8Array,
  checksums: boolean,
): void {
  const written = new Uint8Array(arrived.length);
  writeFrame(frame, written, 0, checksums);
  // Bits of the form without a name are 0 in what is written, and ignored in
  // what is read; the checksums count them.
  const isBare = (arrived[7] ?? 0) < 2;
  const size = arrived.length;
  const isSum = (index: number) =>
    checksums && (index >= size - 4 || (index >= 20 && index < 24));
  for (let index = 0; index < size; index++) {
    if (!isBare && (index === 7 || isSum(index))) continue;
    if (written[index] !== arrived[index]) {
      throw new Error(`byte ${index} of a frame is written differently`);
    }
  }
  if (frame.head.length > 0) checkEnvelope(frame.head);
  if (frame.kind >= FrameKind.send) checkPayload(frame);
}

function checkEnvelope(head: Uint8Array): void {
  const fields = orRefused(() => decodeEnvelope(head), "protocol");
  if (fields === undefined) return;
  const again = decodeEnvelope(ENCODER.encode(fields));
  if (!sameEnvelope(fields, again)) {
    throw new Error(
      `an envelope ${JSON.stringify(fields)} is read again as ${
        JSON.stringify(again)
      }`,
    );
  }
}

function checkPayload({ flags, payload }: Frame): void {
  const binary = (flags & FrameFlag.binary) !== 0;
  const value = orRefused(
    () => ({ json: decodePayload(payload, binary) }),
    "invalid_message",
  );
  if (value === undefined || binary) return;
  // A number beyond all doubles is read as infinite, which JSON writes as null.
  const { bytes } = encodePayload(value.json);
  const again = encodePayload(decodePayload(bytes, false)).bytes;
  if (!sameBytes(bytes, again)) {
    throw new Error(`a payload is read again as another`);
  }
}

/** What a decoder gives; `undefined` if it refuses as it may. */
function orRefused<Value>(
  decode: () => Value,
  code: string,
): Value | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof BusError && error.code === code) return undefined;
    throw error;
  }
}

function sameEnvelope(one: EnvelopeFields, other: EnvelopeFields): boolean {
  const names = Object.keys(one) as (keyof EnvelopeFields)[];
  return names.length === Object.keys(other).length &&
    names.every((name) =>
      name === "headers"
        ? JSON.stringify(one.headers) === JSON.stringify(other.headers)
        : Object.is(one[name], other[name])
    );
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) {
    if (one[index] !== other[index]) return false;
  }
  return true;
}
