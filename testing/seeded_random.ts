import type { Random } from "../core/random.ts";

/**
 * Randomness that repeats itself: the same seed gives the same numbers (PCG32,
 * O'Neill 2014, in its XSH-RR form).
 *
 * @throws {RangeError} If the seed is not a whole number.
 */
export function seededRandom(seed: number): Random {
  if (!Number.isInteger(seed)) {
    throw new RangeError(
      `Cannot create seeded random as the seed must be a whole number: current value is ${seed}`,
    );
  }
  let state = 0n;
  const step = () => {
    state = BigInt.asUintN(64, state * 6_364_136_223_846_793_005n + INCREMENT);
  };
  step();
  state = BigInt.asUintN(64, state + BigInt(seed));
  step();

  const nextUint32 = () => {
    const old = state;
    step();
    const shifted = Number(BigInt.asUintN(32, ((old >> 18n) ^ old) >> 27n));
    const turn = Number(old >> 59n);
    return ((shifted >>> turn) | (shifted << (-turn & 31))) >>> 0;
  };
  return {
    next: () => nextUint32() / 2 ** 32,
    fill: (bytes) => {
      for (let index = 0; index < bytes.length; index++) {
        bytes[index] = nextUint32() & 0xff;
      }
    },
  };
}

const INCREMENT = 1_442_695_040_888_963_407n;
