import { seededRandom } from "../../../testing/seeded_random.ts";
import { testTransport } from "../../../testing/transport_conformance.ts";
import { VirtualClock } from "../../../testing/virtual_clock.ts";
import { SimNetwork } from "./sim_network.ts";

testTransport({
  name: "SimNetwork",
  setup: () => {
    const network = new SimNetwork({
      clock: new VirtualClock(),
      random: seededRandom(1),
    });
    const transport = network.transport("sim:bus", network.process("bus"));
    return Promise.resolve({ transport });
  },
});

testTransport({
  name: "SimNetwork with delays and pieces",
  setup: () => {
    const clock = new VirtualClock();
    const network = new SimNetwork({ clock, random: seededRandom(2) });
    network.faults.delay("everywhere", { minMs: 0, maxMs: 3 });
    network.faults.split("everywhere");
    network.faults.delayDials("everywhere", { minMs: 0, maxMs: 3 });
    const transport = network.transport("sim:bus", network.process("bus"));
    const stop = keepMoving(clock);
    return Promise.resolve({ transport, [Symbol.asyncDispose]: stop });
  },
});

/** Moves the clock until told to stop. */
function keepMoving(clock: VirtualClock): () => Promise<void> {
  let isStopped = false;
  const moving = (async () => {
    while (!isStopped) await clock.advance(1);
  })();
  return async () => {
    isStopped = true;
    await moving;
  };
}
