import { byteAt } from "./byte_at.ts";

/** Up to this many, a loop is faster than the view that the built-in copy needs. */
const FEW_BYTES = 64;

/** Copies the first `count` bytes of `source` into `target`, from `offset` on. */
export function copyBytes(
  source: Uint8Array,
  count: number,
  target: Uint8Array,
  offset: number,
): void {
  if (count > FEW_BYTES) target.set(source.subarray(0, count), offset);
  else {
    for (let at = 0; at < count; at++) target[offset + at] = byteAt(source, at);
  }
}
