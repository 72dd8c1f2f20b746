import assert from "node:assert/strict";
import type { FuzzCase } from "./fuzz/fuzz_case.ts";
import { checkLaws, readWhole } from "./fuzz/laws.ts";
import { roundTrips } from "./fuzz/round_trip.ts";
import { runFuzz } from "./fuzz/run.ts";
import { type Runs, unpack } from "./vectors/bytes.ts";

/** Streams that once broke a law, kept for ever: as bytes, as seeds mean another stream when the generator changes. */
interface Regressions {
  readonly streams:
    readonly (Pick<FuzzCase, "role" | "phase" | "maxMessageBytes"> & {
      readonly was: string;
      readonly bytes: Runs;
    })[];
}

const SEED = 0x5eed;

Deno.test("S2 S7 20,000 mutated frames are refused by their code, or read as what they say", () => {
  const { accepted, refused } = runFuzz({ seed: SEED, frames: 20_000 });
  // Enough of everything: a run in which all is refused proves nothing.
  assert.ok(accepted > 4_000, `${accepted} accepted`);
  for (const code of ["protocol", "unreachable", "invalid_message"]) {
    assert.ok((refused.get(code) ?? 0) > 500, `${refused.get(code)} ${code}`);
  }
});

Deno.test("S7 10,000 messages are read as they were sent", () => {
  roundTrips(SEED, 10_000);
});

Deno.test("every stream that once broke a law keeps them all", async () => {
  const file = new URL("fuzz/regressions.json", import.meta.url);
  const { streams }: Regressions = JSON.parse(await Deno.readTextFile(file));
  assert.ok(streams.length > 0);
  for (const [place, { was, bytes, ...reader }] of streams.entries()) {
    const stream = { ...reader, bytes: unpack(bytes), place };
    const tried = { ...stream, checksums: false, frames: 0, intact: false };
    assert.doesNotThrow(() => checkLaws(tried, readWhole(tried)), was);
  }
});
