/**
 * Brings one meeting back, with every event of its bus:
 * `deno run -A tests/properties/interleavings/main.ts "send()" "publish()" "in process" 120000`.
 */
import assert from "node:assert/strict";
import { CALLS } from "./calls.ts";
import { runPair } from "./run_pair.ts";

const [name = "", other = "", way, seed] = Deno.args;
const one = CALLS[name];
const two = CALLS[other];
assert.ok(one && two, `the calls are ${Object.keys(CALLS).join(", ")}`);
assert.ok(way === "in process" || way === "over a connection");
await runPair([one, two], Number(seed), way, (event) => {
  console.log(JSON.stringify(event));
});
console.log("No law has fallen");
