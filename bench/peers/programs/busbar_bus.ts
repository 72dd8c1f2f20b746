/** A bus with everything that a user has by default, and the inspector beside it. */
import { cpuUsage } from "node:process";
import { MessageBus } from "@busbar/busbar";
import { serveInspector } from "@busbar/busbar/inspector";
import { unixTransport } from "@busbar/busbar/transports/unix";
import { answer } from "../../process/answering.ts";
import { Lateness } from "../../work/lateness.ts";

const [path = "", roomFor = "", store = ""] = Deno.args;
const room = Number(roomFor) || undefined;
const lateness = new Lateness();
let usedBefore = cpuUsage();
const bus = new MessageBus({
  backpressure: { maxPending: room },
  mailbox: { maxMessages: room },
  ...store === "" ? {} : { store: await storeAt(store) },
});
await serveInspector(bus, { port: 0, print: () => {} });
await bus.listen(unixTransport(path));
await answer({
  /** Starts to watch how late the event loop calls a timer, and what it uses. */
  watch: () => {
    lateness.start();
    usedBefore = cpuUsage();
  },
  watched: () => {
    const { user, system } = cpuUsage(usedBefore);
    return { lateMs: lateness.stop(), usedUs: user + system };
  },
  pending: () => bus.backpressure.pending,
  collect: () => (globalThis as { gc?: () => void }).gc?.(),
});

/** Loaded when it is needed: older states of the library have none. */
async function storeAt(path: string) {
  const { sqliteStore } = await import("@busbar/busbar/storage/sqlite");
  return sqliteStore(path);
}
