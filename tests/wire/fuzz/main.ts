/**
 * Has millions of mutated frames read, and ends with status 1 if one breaks a
 * law of the codec, takes too long, or leaves memory behind.
 *
 * `deno run -A tests/wire/fuzz/main.ts --frames 2000000 --messages 100000 --seed 0x1`;
 * with `--only N` it has one stream read, and shows it.
 */
import { parseArgs } from "node:util";
import { fuzzCase } from "./fuzz_case.ts";
import { heapBytes } from "./heap.ts";
import { checkLaws, readWhole } from "./laws.ts";
import { roundTrips } from "./round_trip.ts";
import { type FuzzTally, runFuzz } from "./run.ts";
import { makeStock } from "./stock.ts";

/** What may be left when a run is over, beside what it left at its tenth part. */
const MOST_GROWTH_BYTES = 1024 * 1024;

function main(): void {
  const { values } = parseArgs({
    options: {
      frames: { type: "string", default: "2000000" },
      messages: { type: "string", default: "100000" },
      seed: { type: "string", default: "1" },
      only: { type: "string" },
    },
  });
  const seed = Number(values.seed) >>> 0;
  if (values.only !== undefined) return showOne(seed, Number(values.only));
  fuzz(seed, Number(values.frames));
  const start = performance.now();
  roundTrips(seed, Number(values.messages));
  console.log(`${values.messages} messages there and back: ${since(start)}`);
}

function fuzz(seed: number, frames: number): void {
  // Two in three frames end in an error: their stacks would take half the time.
  Error.stackTraceLimit = 0;
  let settled = 0;
  const start = performance.now();
  const tally = runFuzz({
    seed,
    frames,
    onCase: (_, { frames: made }) => {
      if (settled === 0 && made > frames / 10) settled = heapBytes();
    },
  });
  const grown = heapBytes() - settled;
  console.log(summary(seed, tally), since(start), `heap ${kib(grown)}`);
  if (grown > MOST_GROWTH_BYTES) {
    throw new Error(`The heap has grown by ${kib(grown)}`);
  }
}

function showOne(seed: number, place: number): void {
  const tried = fuzzCase(seed, place, makeStock(seed));
  console.log({ ...tried, bytes: tried.bytes.toHex() });
  const whole = readWhole(tried);
  console.log(JSON.stringify(whole, undefined, 2));
  checkLaws(tried, whole);
}

function summary(seed: number, tally: FuzzTally): string {
  const { frames, accepted, refused, slowestMs } = tally;
  const codes = [...refused].map(([code, count]) => `${code} ${count}`);
  return `seed 0x${
    seed.toString(16)
  }: ${frames} frames, ${accepted} accepted, ${codes.join(", ")}, slowest ${
    slowestMs.toFixed(1)
  } ms,`;
}

function since(start: number): string {
  return `${((performance.now() - start) / 1_000).toFixed(1)} s`;
}

function kib(bytes: number): string {
  return `${(bytes / 1_024).toFixed(1)} KiB`;
}

if (import.meta.main) {
  try {
    main();
  } catch (error) {
    console.error(error);
    Deno.exit(1);
  }
}
