// Never run: what must compile, and what must not.
import { type Agent, type Message, MessageBus } from "@busbar/busbar";
import {
  createInspector,
  type InspectorServer,
  serveInspector,
} from "@busbar/busbar/inspector";
import { memoryStore } from "@busbar/busbar/storage/memory";
import { type SqliteStore, sqliteStore } from "@busbar/busbar/storage/sqlite";
import { VirtualClock } from "@busbar/busbar/testing";
import { memoryTransport } from "@busbar/busbar/transports/memory";
import { unixTransport } from "@busbar/busbar/transports/unix";

export async function wellTyped(store: SqliteStore): Promise<string> {
  await using bus = new MessageBus({ store, clock: new VirtualClock() });
  await bus.listen(memoryTransport());
  const agent: Agent = bus.agent("asker");
  const reply: Message<string> = await agent.request<string>("answerer", 7);
  const server: InspectorServer = await serveInspector(bus, { port: 0 });
  return reply.payload + server.url + createInspector(bus).token;
}

export function illTyped(bus: MessageBus): void {
  // @ts-expect-error A path is a text.
  unixTransport(7);
  // @ts-expect-error A store has a path.
  sqliteStore();
  // @ts-expect-error A store is no bus.
  memoryStore().agent("asker");
  // @ts-expect-error An agent has a name.
  bus.agent();
}
