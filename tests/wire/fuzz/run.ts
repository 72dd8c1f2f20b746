import type { ReadStream } from "../stream_reader.ts";
import { fuzzCase } from "./fuzz_case.ts";
import { checkLaws, readWhole } from "./laws.ts";
import { makeStock, type Stock } from "./stock.ts";

/** Longest that one stream may take to be read, in milliseconds. */
const MOST_MS = 50;
/** A slow one is tried again: the machine may have been busy with something else. */
const RETRIES = 3;

/** What a run has seen. */
export interface FuzzTally {
  /** Frames made. */
  frames: number;
  /** Frames that were read. */
  accepted: number;
  /** By code, streams and messages that were refused. */
  readonly refused: Map<string, number>;
  /** The longest that one stream took, in milliseconds. */
  slowestMs: number;
}

/** Which streams are tried. */
export interface FuzzOptions {
  /** Begins everything that is random. */
  seed: number;
  /** Frames to be made. */
  frames: number;
  /** The place of the first stream. */
  from?: number;
  /** Called after each stream. */
  onCase?: (place: number, tally: FuzzTally) => void;
}

/**
 * Makes streams, mutates them, and has them read, until so many frames were made.
 *
 * @throws {Error} If a law is broken, with the seed and the place that bring it back.
 */
export function runFuzz(options: FuzzOptions): FuzzTally {
  const { seed, frames, from = 0, onCase = () => {} } = options;
  const stock = makeStock(seed);
  const tally: FuzzTally = {
    frames: 0,
    accepted: 0,
    refused: new Map(),
    slowestMs: 0,
  };
  for (let place = from; tally.frames < frames; place++) {
    tryCase(seed, place, stock, tally);
    onCase(place, tally);
  }
  return tally;
}

function tryCase(
  seed: number,
  place: number,
  stock: Stock,
  tally: FuzzTally,
): void {
  const tried = fuzzCase(seed, place, stock);
  try {
    const start = performance.now();
    const whole = readWhole(tried);
    let tookMs = performance.now() - start;
    for (let left = RETRIES; left > 0 && tookMs > MOST_MS; left--) {
      const again = performance.now();
      readWhole(tried);
      tookMs = Math.min(tookMs, performance.now() - again);
    }
    if (tookMs > MOST_MS) throw new Error(`it takes ${tookMs} ms to be read`);
    checkLaws(tried, whole);
    tally.slowestMs = Math.max(tally.slowestMs, tookMs);
    add(tally, tried.frames, whole);
  } catch (cause) {
    const shown = `0x${seed.toString(16)}`;
    throw new Error(
      `Stream ${place} of seed ${shown} breaks a law: ${
        cause instanceof Error ? cause.message : cause
      } (--seed ${shown} --only ${place}, bytes ${tried.bytes.toHex()})`,
      { cause },
    );
  }
}

function add(tally: FuzzTally, frames: number, whole: ReadStream): void {
  tally.frames += frames;
  tally.accepted += whole.frames.length;
  const refusals = [
    whole.refusal,
    ...whole.frames.flatMap(({ refusal, payload }) => [
      refusal,
      (payload as { refusal?: unknown } | undefined)?.refusal,
    ]),
  ];
  for (const code of refusals) {
    if (typeof code !== "string") continue;
    tally.refused.set(code, (tally.refused.get(code) ?? 0) + 1);
  }
}
