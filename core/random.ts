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

/** The character codes of the hexadecimal digits. */
const DIGITS = Uint8Array.from("0123456789abcdef", (one) => one.charCodeAt(0));
const DASH = 0x2d;
const POOL_BYTES = 4_096;
const TAIL_BYTES = 8;
/** Digits before the counter: 48 bits of time, and the version. */
const HEAD_DIGITS = 13;

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
  /** The digits of the time and the version, as character codes. */
  readonly #head = new Uint8Array(HEAD_DIGITS);

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
    return this.#textOf(this.#take());
  }

  /**
   * The text with the random bytes from `at`, made in one piece: pieces joined
   * one by one are a tree of joints that takes six times the memory, and as long
   * again to be made one text of when the id is first looked up or written.
   */
  // deno-fmt-ignore
  #textOf(at: number): string {
    const h = this.#head, counter = this.#counter, pool = this.#pool;
    const a = byteAt(pool, at), b = byteAt(pool, at + 1);
    const c = byteAt(pool, at + 2), d = byteAt(pool, at + 3);
    const e = byteAt(pool, at + 4), f = byteAt(pool, at + 5);
    const g = byteAt(pool, at + 6), i = byteAt(pool, at + 7);
    return String.fromCharCode(
      byteAt(h, 0), byteAt(h, 1), byteAt(h, 2), byteAt(h, 3),
      byteAt(h, 4), byteAt(h, 5), byteAt(h, 6), byteAt(h, 7), DASH,
      byteAt(h, 8), byteAt(h, 9), byteAt(h, 10), byteAt(h, 11), DASH,
      byteAt(h, 12), digit(counter >> 8), digit(counter >> 4), digit(counter), DASH,
      // The variant takes the upper two bits.
      digit(a >> 4 & 3 | 8), digit(a), digit(b >> 4), digit(b), DASH,
      digit(c >> 4), digit(c), digit(d >> 4), digit(d), digit(e >> 4), digit(e),
      digit(f >> 4), digit(f), digit(g >> 4), digit(g), digit(i >> 4), digit(i),
    );
  }

  #startMillisecond(ms: number): void {
    this.#lastMs = ms;
    // Starts in the lower half, so that 2,048 ids fit before it overflows.
    this.#counter = byteAt(this.#pool, this.#take()) << 3;
    const digits = ms.toString(16).padStart(12, "0") + "7";
    for (let index = 0; index < HEAD_DIGITS; index++) {
      this.#head[index] = digits.charCodeAt(index);
    }
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

/** The character code of the lowest four bits. */
function digit(bits: number): number {
  return DIGITS[bits & 15] ?? 0;
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}
