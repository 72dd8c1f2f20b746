import { LIMITS } from "../../core/limits.ts";
import {
  FrameKind,
  HEADER_BYTES,
  type OutgoingFrame,
  readUint32,
  writeUint32,
} from "./frame.ts";

/** Largest number that a header holds. */
const MAX_UINT32 = 0xffff_ffff;

/** Bytes that the length field of a frame says that is its header alone. */
const BARE_BYTES = HEADER_BYTES - 4;

/** Whether frames of a kind may be one frame: what is said of numbers in a row, and credit. */
export function isMergeable(kind: FrameKind): boolean {
  return kind === FrameKind.ack || kind === FrameKind.accepted ||
    kind === FrameKind.credit;
}

/**
 * Has the frame that is written at `at` say what `next`, of a kind that may be
 * merged, would say behind it: an ack goes on to the next lease, accepted to the
 * next send, and credit adds up.
 *
 * @returns Whether it does; nothing is changed otherwise.
 */
export function mergeInto(
  written: Uint8Array,
  at: number,
  next: OutgoingFrame,
): boolean {
  const { kind } = next;
  const isBare = readUint32(written, at) === BARE_BYTES &&
    next.headBytes + next.payloadBytes === 0;
  if (written[at + 4] !== kind || !isBare) return false;
  const auxAt = at + 12;
  const aux = readUint32(written, auxAt);
  const isInRow = kind !== FrameKind.credit;
  const merged = aux + next.aux + (isInRow ? 1 : 0);
  const fits = isInRow
    ? readUint32(written, at + 8) + aux + 1 === next.id &&
      merged < LIMITS.maxSettledAtOnce
    : merged <= MAX_UINT32;
  if (fits) writeUint32(written, auxAt, merged);
  return fits;
}
