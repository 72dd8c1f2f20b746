/** A program that is not to be bundled: its bus has a store, whose thread is a file of its own. */
import { BusError, MessageBus } from "@busbar/busbar";
import { sqliteStore } from "@busbar/busbar/storage/sqlite";

const [path = ""] = Deno.args;
const bus = new MessageBus({ store: sqliteStore(path) });
try {
  await bus.ready();
  console.log("ready");
} catch (error) {
  console.log(error instanceof BusError ? error.code : error);
}
await bus.close();
