/** A program that fills a store through a bus, or opens one, and says how that went. */
import { cpuUsage } from "node:process";
import { MessageBus } from "@busbar/busbar";
import { sqliteStore } from "@busbar/busbar/storage/sqlite";
import { PAYLOAD, RECEIVER, SENDER, TOPIC } from "../../message.ts";
import { tell } from "../../process/answering.ts";

/** Sends under way at the same time. */
const UNDER_WAY = 4_096;

const [task = "", path = "", count = ""] = Deno.args;
const messages = Number(count);
const bus = new MessageBus({
  store: sqliteStore(path),
  backpressure: { maxPending: messages + 1 },
  mailbox: { maxMessages: messages + 1 },
});
const usedBefore = cpuUsage();
const startedAt = performance.now();
await bus.ready();
const ms = performance.now() - startedAt;
const { user, system } = cpuUsage(usedBefore);
if (task === "fill") await fillUp();
if (bus.backpressure.pending !== messages) {
  throw new Error(
    `There are ${bus.backpressure.pending} messages, not ${messages}`,
  );
}
tell({ ms, ownUs: (user + system) / messages });
if (task === "fill") await bus.close();
Deno.exit(0);

/** Sends until there are so many. */
async function fillUp(): Promise<void> {
  // Durable: what is sent to it waits, although nobody takes it.
  bus.agent(RECEIVER, { durable: true });
  const sender = bus.agent(SENDER);
  const options = { topic: TOPIC, requiresAck: true };
  while (bus.backpressure.pending < messages) {
    const length = Math.min(
      UNDER_WAY,
      messages - bus.backpressure.pending,
    );
    await Promise.all(
      Array.from({ length }, () => sender.send(RECEIVER, PAYLOAD, options)),
    );
  }
}
