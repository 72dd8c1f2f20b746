// A message that outlives the bus that took it, in a store of the memory.
import { MessageBus } from "@busbar/busbar";
import { memoryStore } from "@busbar/busbar/storage/memory";

const store = memoryStore();
const first = new MessageBus({ store });
await first.ready();
first.agent("coder", { durable: true });
const planner = first.agent("planner");
await planner.send("coder", "the house", { requiresAck: true });
await first.close();

await using second = new MessageBus({ store });
await second.ready();
const coder = second.agent("coder", { durable: true });
for await (const { message } of coder.inbox<string>()) {
  console.log(`got ${message.payload}`);
  break;
}
