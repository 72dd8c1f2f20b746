import { MessageBus } from "@busbar/busbar";
import { sqliteStore } from "@busbar/busbar/storage/sqlite";
import { PAYLOAD, RECEIVER, SENDER, TOPIC } from "../message.ts";
import type { Works } from "../own/message_works.ts";
import type { Figures } from "../rounds.ts";
import { rateOf } from "../work/local_rates.ts";
import { askFor } from "../work/ask_for.ts";

/** Deliveries in hand at the same time. */
const CONCURRENCY = 1_024;
/** Part of a measurement that is done beforehand and not counted. */
const WARM_UP = 0.25;

/** Sends of messages that are kept until they are acknowledged, with so many under way. */
export const durables: Works = {
  "send, durable, 1 under way": (ms) => durable(ms, 1),
  "send, durable, 64 under way": (ms) => durable(ms, 64),
  "send, durable, 1,024 under way": (ms) => durable(ms, 1_024),
};

async function durable(ms: number, underWay: number): Promise<Figures> {
  const folder = await Deno.makeTempDir({ prefix: "busbar-bench-" });
  try {
    const store = sqliteStore(`${folder}/bus.db`);
    await using bus = new MessageBus({ store });
    await bus.ready();
    bus.agent(RECEIVER).receive(() => {}, { concurrency: CONCURRENCY });
    const sender = bus.agent(SENDER);
    const sent = { topic: TOPIC, requiresAck: true };
    const send = () => sender.send(RECEIVER, PAYLOAD, sent);
    await sendAll(bus, underWay, ms * WARM_UP, send);
    let timed: Figures = {};
    const rate = await rateOf(async () => {
      const { count, ...times } = await sendAll(bus, underWay, ms, send);
      timed = times;
      return count;
    });
    return { ...timed, ...rate };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Until the last of them is acknowledged, and that is on the disk. */
async function sendAll(
  bus: MessageBus,
  underWay: number,
  ms: number,
  send: () => Promise<unknown>,
) {
  const asked = await askFor(underWay, ms, send);
  while (bus.backpressure.pending > 0) {
    await new Promise((resolve) => setTimeout(resolve));
  }
  return asked;
}
