import type { Chance } from "./chance.ts";

/** Changes a stream; `ends` are the places where its frames end. */
type Mutation = (
  chance: Chance,
  bytes: Uint8Array,
  ends: readonly number[],
) => Uint8Array;

const ODD_BYTES = [0, 1, 0x7f, 0x80, 0xc0, 0xed, 0xff, 0x22, 0x5b, 0x5c, 0x7b];
const ODD_LENGTHS = [0, 15, 16, 17, 4_096, 4_097, 2 ** 31, 2 ** 32 - 1];

const MUTATIONS: readonly Mutation[] = [
  flipBits,
  setBytes,
  splice,
  truncate,
  repeatRange,
  removeRange,
  changeLength,
  changeHeadLength,
  changeKind,
  changeInside,
  changeInside,
  changeInside,
  growInside,
  cross,
];

/** One to three changes, one after the other. */
export function mutate(
  chance: Chance,
  bytes: Uint8Array,
  ends: readonly number[],
): Uint8Array {
  let mutated = bytes;
  let framesEnd = ends;
  for (let count = chance.between(1, 3); count > 0; count--) {
    if (mutated.length === 0) break;
    mutated = chance.pick(MUTATIONS)(chance, mutated, framesEnd);
    framesEnd = frameEnds(mutated);
  }
  return mutated;
}

/** Where the frames of a stream end, as their lengths have it, as long as they fit. */
export function frameEnds(bytes: Uint8Array): number[] {
  const ends: number[] = [];
  const view = viewOf(bytes);
  for (let at = 0; at + 20 <= bytes.length;) {
    at += 4 + view.getUint32(at);
    if (at > bytes.length) break;
    ends.push(at);
  }
  return ends;
}

function flipBits(chance: Chance, bytes: Uint8Array): Uint8Array {
  for (let count = chance.between(1, 8); count > 0; count--) {
    const at = chance.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.below(8));
  }
  return bytes;
}

function setBytes(chance: Chance, bytes: Uint8Array): Uint8Array {
  for (let count = chance.between(1, 4); count > 0; count--) {
    bytes[chance.below(bytes.length)] = chance.pick(ODD_BYTES);
  }
  return bytes;
}

function splice(chance: Chance, bytes: Uint8Array): Uint8Array {
  const from = chance.below(bytes.length);
  const part = bytes.slice(from, from + chance.between(1, 64));
  const at = chance.below(bytes.length - part.length + 1);
  bytes.set(part, at);
  return bytes;
}

function truncate(chance: Chance, bytes: Uint8Array): Uint8Array {
  return bytes.slice(0, chance.below(bytes.length));
}

function repeatRange(
  chance: Chance,
  bytes: Uint8Array,
  ends: readonly number[],
): Uint8Array {
  const [from, to] = chance.oneIn(2)
    ? frameRange(chance, bytes, ends)
    : anyRange(chance, bytes);
  return join(bytes.subarray(0, to), bytes.subarray(from));
}

function removeRange(chance: Chance, bytes: Uint8Array): Uint8Array {
  const [from, to] = anyRange(chance, bytes);
  return join(bytes.subarray(0, from), bytes.subarray(to));
}

function changeLength(
  chance: Chance,
  bytes: Uint8Array,
  ends: readonly number[],
): Uint8Array {
  return writeNumber(chance, bytes, frameRange(chance, bytes, ends)[0]);
}

function changeHeadLength(
  chance: Chance,
  bytes: Uint8Array,
  ends: readonly number[],
): Uint8Array {
  return writeNumber(chance, bytes, frameRange(chance, bytes, ends)[0] + 16);
}

function changeKind(
  chance: Chance,
  bytes: Uint8Array,
  ends: readonly number[],
): Uint8Array {
  const at = frameRange(chance, bytes, ends)[0] + 4;
  if (at < bytes.length) bytes[at] = chance.below(64);
  return bytes;
}

/** Changes a byte behind the header, where lengths and frames stay as they are. */
function changeInside(
  chance: Chance,
  bytes: Uint8Array,
  ends: readonly number[],
): Uint8Array {
  const [from, to] = frameRange(chance, bytes, ends);
  if (to - from <= 20) return bytes;
  const at = from + 20 + chance.below(to - from - 20);
  bytes[at] = chance.oneIn(2) ? chance.pick(ODD_BYTES) : chance.below(256);
  return bytes;
}

/** Adds bytes to a head or a payload and repairs the lengths in the frame's header. */
function growInside(
  chance: Chance,
  bytes: Uint8Array,
  ends: readonly number[],
): Uint8Array {
  const [from, to] = frameRange(chance, bytes, ends);
  if (to - from < 20) return bytes;
  const at = chance.between(from + 20, to);
  const more = new Uint8Array(chance.between(1, 16));
  for (let index = 0; index < more.length; index++) {
    more[index] = chance.pick(ODD_BYTES);
  }
  const grown = join(bytes.subarray(0, at), more, bytes.subarray(at));
  const view = viewOf(grown);
  const head = view.getUint32(from + 16);
  view.setUint32(from, view.getUint32(from) + more.length);
  if (at - from - 20 < head) view.setUint32(from + 16, head + more.length);
  return grown;
}

/** The beginning of one frame with the end of another. */
function cross(
  chance: Chance,
  bytes: Uint8Array,
  ends: readonly number[],
): Uint8Array {
  const [from, to] = frameRange(chance, bytes, ends);
  const [otherFrom, otherTo] = frameRange(chance, bytes, ends);
  const at = chance.between(from, to);
  const tail = bytes.slice(chance.between(otherFrom, otherTo), otherTo);
  const crossed = join(bytes.subarray(0, at), tail, bytes.subarray(to));
  const length = at - from + tail.length - 4;
  if (at - from >= 20 && !chance.oneIn(4)) {
    viewOf(crossed).setUint32(from, length);
  }
  return crossed;
}

/** Where a frame begins and ends; of a stream without one, the whole of it. */
function frameRange(
  chance: Chance,
  bytes: Uint8Array,
  ends: readonly number[],
): [number, number] {
  if (ends.length === 0) return [0, bytes.length];
  const index = chance.below(ends.length);
  return [ends[index - 1] ?? 0, ends[index] ?? bytes.length];
}

function anyRange(chance: Chance, bytes: Uint8Array): [number, number] {
  const from = chance.below(bytes.length);
  return [from, Math.min(bytes.length, from + chance.between(1, 80))];
}

function writeNumber(
  chance: Chance,
  bytes: Uint8Array,
  at: number,
): Uint8Array {
  if (at + 4 > bytes.length) return bytes;
  const view = viewOf(bytes);
  const near = view.getUint32(at) + chance.between(-4, 4);
  view.setUint32(at, chance.oneIn(2) ? near : chance.pick(ODD_LENGTHS));
  return bytes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
