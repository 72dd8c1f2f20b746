import assert from "node:assert/strict";
import { openStage, watch } from "./net_stage.ts";

Deno.test("Faults.partition() lets dials fail or hang, and those that hang arrive when it is healed", async () => {
  const { clock, network, client, host } = await openStage();
  const transport = network.transport("sim:a", client);
  network.faults.partition([client, host]);
  const dials = Array.from({ length: 20 }, () => watch(transport.dial()));
  const states = () => dials.map(({ state }) => state).sort();
  await clock.advance(100_000);
  const hung = states().filter((state) => state === "pending").length;
  assert.equal(network.counts.dialsHung, hung);
  assert.ok(hung > 3 && hung < 17, `${hung} of 20 hang`);
  assert.equal(network.counts.dialsCutOff, 20 - hung);
  network.faults.refuseDials(host, 0)();
  await clock.advance(0);
  assert.equal(states().filter((state) => state === "pending").length, hung);
  network.faults.heal();
  await clock.advance(0);
  assert.equal(states().filter((state) => state === "done").length, hung);
  assert.ok(states().includes("unreachable"));
});

Deno.test("Faults.partition() leaves it to a dial's signal to give up", async () => {
  const { clock, network, client } = await openStage();
  const transport = network.transport("sim:a", client);
  network.faults.partition("everywhere");
  const giveUp = new AbortController();
  const dials = Array.from(
    { length: 20 },
    () => watch(transport.dial({ signal: giveUp.signal })),
  );
  await clock.advance(10);
  giveUp.abort(new Error("given up"));
  await clock.advance(0);
  const states = new Set(dials.map(({ state }) => state));
  assert.deepEqual(states, new Set(["unreachable", "given up"]));
  network.faults.heal();
  await clock.advance(0);
  assert.equal(network.connections.length, 1);
});

Deno.test("Faults.refuseDials() lets so large a share of the dials find nobody", async () => {
  const { network, client, host } = await openStage();
  const transport = network.transport("sim:a", client);
  const end = network.faults.refuseDials([client, host]);
  await assert.rejects(transport.dial(), { code: "unreachable" });
  await network.transport("sim:a", network.process("other")).dial();
  end();
  await transport.dial();
  network.faults.refuseDials(host, 0.5);
  const dials = Array.from({ length: 100 }, () => transport.dial());
  const failed = (await Promise.allSettled(dials))
    .filter(({ status }) => status === "rejected").length;
  assert.ok(failed > 30 && failed < 70, `${failed} of 100 fail`);
  assert.equal(network.counts.dialsRefused, failed + 1);
});

Deno.test("Faults.delayDials() makes dials take a drawn time", async () => {
  const { clock, network, client } = await openStage();
  const transport = network.transport("sim:a", client);
  network.faults.delayDials("everywhere", { minMs: 10, maxMs: 20 });
  const giveUp = new AbortController();
  const dialing = watch(transport.dial());
  const givenUp = watch(transport.dial({ signal: giveUp.signal }));
  await clock.advance(9);
  assert.equal(dialing.state, "pending");
  giveUp.abort(new Error("given up"));
  await clock.advance(11);
  assert.deepEqual([dialing.state, givenUp.state], ["done", "given up"]);
  assert.equal(network.counts.dialsDelayed, 2);
});

Deno.test("Faults hold for connections and processes that come later", async () => {
  const { clock, network, client, host } = await openStage();
  network.faults.clog([client, host]);
  network.kill(client);
  const again = network.process("client");
  const dialed = await network.transport("sim:a", again).dial();
  await dialed.write(Uint8Array.of(1));
  await clock.advance(100);
  const later = network.connections.at(-1)?.up;
  assert.deepEqual([later?.heldBytes, later?.arrivedBytes], [1, 0]);
});

Deno.test("SimNetwork closes connections that nobody took when their listener closes", async () => {
  const { network, client } = await openStage();
  const listener = await network.transport("sim:b", client).listen();
  const dialed = await network.transport("sim:b", client).dial();
  await listener.close();
  assert.equal(await dialed.read(new Uint8Array(1)), null);
});
