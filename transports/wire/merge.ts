import { LIMITS } from "../../core/limits.ts";
import {
  FrameKind,
  type OutgoingFrame,
  readUint32,
  writeUint32,
} from "./frame.ts";

/** Largest number that a header holds. */
const MAX_UINT32 = 0xffff_ffff;

/** Whether frames of a kind may be one frame: those of leases in a row, and credit. */
export function isMergeable(kind: FrameKind): boolean {
  return kind === FrameKind.ack || kind === FrameKind.credit;
}

/**
 * Has the frame that is written at `at` say what `next`, of a kind that may be
 * merged, would say behind it: an ack goes on to the next lease, and credit adds
 * up.
 *
 * @returns Whether it does; nothing is changed otherwise.
 */
export function mergeInto(
  written: Uint8Array,
  at: number,
  next: OutgoingFrame,
): boolean {
  const { kind } = next;
  if (written[at + 4] !== kind) return false;
  const auxAt = at + 12;
  const aux = readUint32(written, auxAt);
  const merged = aux + next.aux + (kind === FrameKind.ack ? 1 : 0);
  const fits = kind === FrameKind.ack
    ? readUint32(written, at + 8) + aux + 1 === next.id &&
      merged < LIMITS.maxSettledAtOnce
    : merged <= MAX_UINT32;
  if (fits) writeUint32(written, auxAt, merged);
  return fits;
}
