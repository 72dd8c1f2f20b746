import type { Random } from "../mod.ts";

const SECRET_BYTES = 32;

/** A new secret of 256 random bits, as 64 hexadecimal digits. */
export function makeSecret(random: Random): string {
  const bytes = new Uint8Array(SECRET_BYTES);
  random.fill(bytes);
  return bytes.toHex();
}
