import { crc32 } from "node:zlib";

/** Bytes of a checksum on the wire. */
export const CHECKSUM_BYTES = 4;

/**
 * CRC-32 (IEEE 802.3, as zlib has it) of the bytes from `from` to `to`; with
 * `before`, of those that `before` is the checksum of and these behind them.
 */
export function checksum(
  bytes: Uint8Array,
  from: number,
  to: number,
  before = 0,
): number {
  // Many frames are their header alone, and each call costs.
  return from === to ? before : crc32(bytes.subarray(from, to), before);
}
