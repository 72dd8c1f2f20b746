// Runs under Node: what does not work there says so.
import { MessageBus } from "@busbar/busbar";
import { createInspector, serveInspector } from "@busbar/busbar/inspector";

await using bus = new MessageBus();
for (const start of [() => createInspector(bus), () => serveInspector(bus)]) {
  try {
    await start();
  } catch (error) {
    console.log(`${error}`);
  }
}
