// Runs under Node: a message outlives the bus that took it, where there is SQLite.
import process from "node:process";
import { BusError, MessageBus } from "@busbar/busbar";
import { sqliteStore } from "@busbar/busbar/storage/sqlite";

const path = `${process.argv[2]}/crew.db`;

/** Two lives of a bus with one store. */
async function outlive(): Promise<void> {
  const store = sqliteStore(path);
  const first = new MessageBus({ store });
  await first.ready();
  first.agent("coder", { durable: true });
  const planner = first.agent("planner");
  await planner.send("coder", "the house", { requiresAck: true });
  const { records, problems } = await store.verify();
  console.log(`kept ${records.copy}, problems ${problems.length}`);
  await store.backup(`${path}-copy`);
  await first.close();

  await using second = new MessageBus({ store: sqliteStore(`${path}-copy`) });
  await second.ready();
  const coder = second.agent("coder", { durable: true });
  for await (const delivery of coder.inbox<string>()) {
    console.log(`got ${delivery.message.payload}`);
    delivery.ack();
    break;
  }
}

try {
  await outlive();
} catch (error) {
  if (!(error instanceof BusError)) throw error;
  console.log(`${error.code}, retryable ${error.retryable}: ${error.message}`);
}
