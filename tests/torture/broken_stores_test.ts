import assert from "node:assert/strict";
import { canRecord, record } from "./disk/recording.ts";
import { findEarly } from "./order/order.ts";
import { cutPower } from "./powercut/powercut.ts";
import type { StoreKind } from "./programs/stores.ts";

const SEED = 0x5eed;
const CUTS = 300;
const BROKEN: readonly StoreKind[] = ["unsynced", "seldom-synced", "hasty"];

const ignore = Deno.env.get("CI") !== "true" && !await canRecord();
for (const kind of BROKEN) {
  Deno.test(
    `the order of calls, and power cuts, reject a store that is ${kind}`,
    { ignore },
    async () => {
      const directory = await Deno.makeTempDir({ prefix: "torture-" });
      const place = await Deno.makeTempDir({ prefix: "torture-" });
      try {
        const recording = await record(directory, kind, SEED);
        assert.notDeepEqual(findEarly(recording).early, []);
        const options = { directory: place, cuts: CUTS, seed: SEED };
        const { bad } = await cutPower(recording, kind, options);
        const problems = bad.flatMap((one) => one.problems);
        assert.ok(problems.some((one) => one.startsWith("lost: ")));
      } finally {
        await Deno.remove(directory, { recursive: true });
        await Deno.remove(place, { recursive: true });
      }
    },
  );
}
