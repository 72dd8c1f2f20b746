/**
 * The byte at a place that is known to be within the array. Behind its end there
 * is nothing that is a number, which counts as 0 where bits are asked for.
 */
export function byteAt(bytes: Uint8Array, at: number): number {
  // Not `?? 0`: it is a branch that nothing ever takes, in the hottest loops there are.
  return bytes[at] as number;
}
