// What the bus says through LogTape, which it loads when there is a first line for it.
import { connect, memoryTransport, MessageBus } from "@busbar/busbar";
import { configure } from "@logtape/logtape";

await configure({
  sinks: {
    console: ({ level, category, message }) =>
      console.log(`${level} ${category.join("/")}: ${message.join("")}`),
  },
  loggers: [
    { category: "busbar", sinks: ["console"], lowestLevel: "warning" },
    { category: ["logtape", "meta"], sinks: [] },
  ],
});

const transport = memoryTransport();
const bus = new MessageBus();
await bus.listen(transport);
await connect(transport, { name: "far", reconnect: false });
await bus.close();
