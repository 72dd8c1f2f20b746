// An agent in a process of its own that sends until it is killed: `far_sender.ts DIRECTORY SEED`.
import { connect } from "../../../mod.ts";
import { unixTransport } from "../../../transports/unix.ts";
import { pause } from "../../peers/pause.ts";
import { Dice } from "../../support/dice.ts";
import { Diary } from "../said.ts";
import { Sender } from "./sender.ts";

const LOOPS = 3;
const [directory = "", seed = ""] = Deno.args;
const dice = new Dice(Number(seed)).fork("far");
const transport = unixTransport(`${directory}/bus.sock`);
const agent = await connectSoon();
const sender = new Sender(agent, new Diary(`${directory}/far.log`), dice);
await Promise.all(Array.from({ length: LOOPS }, async (_, loop) => {
  for (let n = 0;; n++) {
    await sender.send(`far-${loop}-${n}`, ["worker"]);
    await pause(dice.int(0, 20));
  }
}));

/** The bus may not be there yet. */
async function connectSoon() {
  const reconnect = { minDelayMs: 5, maxDelayMs: 40 };
  for (;;) {
    try {
      return await connect(transport, { name: "far", reconnect });
    } catch {
      await pause(20);
    }
  }
}
