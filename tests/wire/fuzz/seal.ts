import { crc32 } from "node:zlib";
import { frameEnds } from "./mutations.ts";

/**
 * The frames of a stream with the checksums that belong to them, and their
 * lengths and forms made to fit; what is behind them, or is no frame, as it is.
 */
export function seal(bytes: Uint8Array): Uint8Array {
  const ends = frameEnds(bytes);
  // Only what has a whole header, and a length that counts it, can be sealed.
  const isWhole = (end: number, index: number) =>
    end - (ends[index - 1] ?? 0) >= 20;
  const count = ends.findIndex((end, index) => !isWhole(end, index));
  const whole = count < 0 ? ends : ends.slice(0, count);
  const rest = whole.at(-1) ?? 0;
  const sealed = new Uint8Array(bytes.length + 8 * whole.length);
  let from = 0;
  let at = 0;
  for (const end of whole) {
    at = sealFrame(bytes.subarray(from, end), sealed, at);
    from = end;
  }
  sealed.set(bytes.subarray(rest), at);
  return sealed;
}

function sealFrame(
  frame: Uint8Array,
  target: Uint8Array,
  offset: number,
): number {
  const view = new DataView(target.buffer);
  const end = offset + frame.length + 8;
  target.set(frame.subarray(0, 20), offset);
  target.set(frame.subarray(20), offset + 24);
  view.setUint32(offset, frame.length + 4);
  target[offset + 7] = (frame[7] ?? 0) | 1;
  const header = target.subarray(offset, offset + 20);
  view.setUint32(offset + 20, crc32(header));
  const body = target.subarray(offset + 24, end - 4);
  view.setUint32(end - 4, crc32(body, crc32(header)));
  return end;
}
