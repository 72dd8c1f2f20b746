import assert from "node:assert/strict";
import fc from "fast-check";
import {
  bytesOf,
  counted,
  openStage,
  watch,
  watchArrivals,
} from "./net_stage.ts";

Deno.test("SimNetwork gives every byte, in order, whatever the weather that loses none", async () => {
  const weather = fc.record({
    delay: fc.boolean(),
    split: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
    coalesceMs: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    clogMs: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(weather, fc.integer({ min: 1, max: 60 })), {
        maxLength: 10,
      }),
      fc.integer({ min: 1, max: 50 }),
      fc.integer(),
      async (steps, capacity, seed) => {
        const stage = await openStage({ seed, capacity });
        const { clock, network, dialed, accepted } = stage;
        const arrivals = watchArrivals(accepted, clock);
        const sent: number[] = [];
        for (const [{ delay, split, coalesceMs, clogMs }, count] of steps) {
          network.faults.heal();
          if (delay) network.faults.delay("everywhere", { minMs: 0, maxMs: 5 });
          if (split) network.faults.split("everywhere", split);
          if (coalesceMs) network.faults.coalesce("everywhere", coalesceMs);
          if (clogMs) network.faults.clog("everywhere", clogMs);
          const bytes = counted(count).map((byte) => byte + sent.length);
          sent.push(...bytes);
          const writing = watch(dialed.write(bytes));
          for (
            let waits = 0;
            writing.state === "pending" && waits < 200;
            waits++
          ) {
            await clock.advance(5);
          }
          assert.equal(writing.state, "done");
        }
        await dialed.close();
        await clock.advance(100);
        assert.deepEqual(bytesOf(arrivals), sent);
        assert.deepEqual(arrivals.at(-1)?.what, "end");
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("SimNetwork in calm weather has no timers, and delivers within the write", async () => {
  const { clock, network, dialed, accepted } = await openStage();
  const reading = accepted.read(new Uint8Array(8));
  dialed.write(counted(3));
  assert.equal(await Promise.race([reading, turns(3)]), 3);
  await dialed.close();
  await accepted.close();
  assert.equal(clock.timers, 0);
  assert.deepEqual(network.connections, []);
  assert.deepEqual(new Set(Object.values(network.counts)), new Set([0]));
});

Deno.test("SimNetwork leaves no timer for what a reader that closed will not read", async () => {
  const { clock, network, dialed, accepted } = await openStage();
  network.faults.delay("everywhere", { minMs: 5, maxMs: 5 });
  await dialed.write(counted(3));
  await dialed.close();
  await accepted.close();
  assert.equal(clock.timers, 0);
});

Deno.test("SimNetwork lets a write wait while the capacity is full", async () => {
  const { dialed, accepted, connection } = await openStage({ capacity: 100 });
  const writing = watch(dialed.write(counted(150)));
  await turns(20);
  assert.deepEqual([writing.state, connection.up.heldBytes], ["pending", 100]);
  assert.equal(await accepted.read(new Uint8Array(80)), 80);
  await turns(20);
  assert.deepEqual([writing.state, connection.up.heldBytes], ["done", 70]);
});

Deno.test("SimNetwork.process() refuses a name that is alive", async () => {
  const { network, host } = await openStage();
  assert.throws(() => network.process("host"), RangeError);
  network.kill(host);
  assert.equal(network.process("host").alive, true);
});

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await undefined;
}
