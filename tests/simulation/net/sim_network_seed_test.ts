import assert from "node:assert/strict";
import { Dice } from "../../support/dice.ts";
import {
  counted,
  type NetStage,
  openStage,
  watchArrivals,
} from "./net_stage.ts";

Deno.test("SimNetwork moves the same bytes at the same times for the same seed", async () => {
  const traces = new Set<string>();
  for (let seed = 0; seed < 10; seed++) {
    const trace = await traceOf(seed);
    assert.equal(await traceOf(seed), trace, `seed ${seed}`);
    traces.add(trace);
  }
  assert.equal(traces.size, 10);
});

Deno.test("SimNetwork draws for one connection without shifting another's", async () => {
  const arrivals = async (writesBefore: number) => {
    const stage = await openStage({ seed: 7 });
    const { clock, network, client, dialed } = stage;
    const other = await network.transport("sim:a", client).dial();
    network.faults.delay("everywhere", { minMs: 0, maxMs: 50 });
    for (let n = 0; n < writesBefore; n++) await dialed.write(counted(5));
    for (let n = 0; n < 9; n++) await other.write(Uint8Array.of(n));
    const times: number[] = [];
    for (let ms = 0; ms <= 50; ms++) {
      times.push(network.connections[1]?.up.arrivedBytes ?? -1);
      await clock.advance(1);
    }
    return times;
  };
  assert.deepEqual(await arrivals(0), await arrivals(30));
});

/** What both ends of a connection saw of a random run of writes and faults. */
async function traceOf(seed: number): Promise<string> {
  const stage = await openStage({ seed });
  const { clock, network, dialed, accepted } = stage;
  const up = watchArrivals(accepted, clock);
  const down = watchArrivals(dialed, clock);
  // The same calls for every seed: only the network's own draws differ.
  const dice = new Dice(0);
  for (let step = 0; step < 100; step++) {
    act(stage, dice);
    await clock.advance(dice.int(0, 5));
  }
  network.faults.heal();
  await clock.advance(100);
  return JSON.stringify([up, down, network.counts]);
}

function act(
  { network, dialed, accepted, client }: NetStage,
  dice: Dice,
): void {
  const { faults } = network;
  const range = { minMs: 0, maxMs: dice.int(0, 20) };
  const acts: (() => unknown)[] = [
    () => dialed.write(counted(dice.int(1, 90))).catch(() => {}),
    () => accepted.write(counted(dice.int(1, 90))).catch(() => {}),
    () => faults.delay("everywhere", range),
    () => faults.split("everywhere"),
    () => faults.coalesce(client, dice.int(1, 9)),
    () => faults.corrupt("everywhere", 0.2),
    () => faults.clog(client, dice.int(1, 20)),
    () => faults.stall(client, dice.int(1, 20)),
    () => faults.heal(),
    () => dice.chance(0.05) && faults.reset("everywhere"),
  ];
  dice.pick(acts)?.();
}
