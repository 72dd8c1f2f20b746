import type { Clock } from "./clock.ts";

/** Where the library takes chance from. Nothing else in it may call `Math.random()` or `crypto`. */
export interface Random {
  /** A number from 0 up to, but not including, 1. */
  next(): number;
  /** Fills `bytes` with random bytes. */
  fill(bytes: Uint8Array<ArrayBuffer>): void;
}

/** The randomness of the machine. */
export const systemRandom: Random = {
  next: () => Math.random(),
  fill: (bytes) => void crypto.getRandomValues(bytes),
};

const HEX = Array.from(
  { length: 256 },
  (_, byte) => byte.toString(16).padStart(2, "0"),
);
const POOL_BYTES = 4_096;
const TAIL_BYTES = 8;

/**
 * Makes UUIDs of version 7 (RFC 9562, section 5.7): 48 bits of wall time, then
 * a counter that keeps ids made within one millisecond in order, then 62
 * random bits.
 */
export class IdSource {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #pool = new Uint8Array(POOL_BYTES);
  #used = POOL_BYTES;
  #lastMs = 0;
  #counter = 0;
  #head = "";

  /** Ids by the given clock and randomness. */
  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * A new id, greater than every id this source has made before. Whoever has
   * just read the wall clock hands the time in.
   */
  next(nowMs: number = this.#clock.now()): string {
    this.#counter++;
    // A wall clock that was set back, or a full counter, borrows from the future.
    if (nowMs > this.#lastMs || this.#counter > 0xfff) {
      this.#startMillisecond(Math.max(nowMs, this.#lastMs + 1));
    }
    const counter = this.#counter;
    const at = this.#take();
    const pool = this.#pool;
    return this.#head + (counter >> 8).toString(16) + HEX[counter & 0xff] +
      "-" + HEX[(byteAt(pool, at) & 0x3f) | 0x80] + HEX[byteAt(pool, at + 1)] +
      "-" + HEX[byteAt(pool, at + 2)] + HEX[byteAt(pool, at + 3)] +
      HEX[byteAt(pool, at + 4)] + HEX[byteAt(pool, at + 5)] +
      HEX[byteAt(pool, at + 6)] + HEX[byteAt(pool, at + 7)];
  }

  #startMillisecond(ms: number): void {
    this.#lastMs = ms;
    // Starts in the lower half, so that 2,048 ids fit before it overflows.
    this.#counter = byteAt(this.#pool, this.#take()) << 3;
    const hex = ms.toString(16).padStart(12, "0");
    this.#head = `${hex.slice(0, 8)}-${hex.slice(8)}-7`;
  }

  #take(): number {
    if (this.#used + TAIL_BYTES > POOL_BYTES) {
      this.#random.fill(this.#pool);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += TAIL_BYTES;
    return at;
  }
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}
