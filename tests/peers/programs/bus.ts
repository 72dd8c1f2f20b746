// A bus on a Unix socket: `bus.ts PATH BUS_OPTIONS LISTEN_OPTIONS`. "echo"
// answers requests, and "counter" counts what it gets, by sender.
import { configure } from "@logtape/logtape";
import { type ListenOptions, MessageBus } from "../../../mod.ts";
import type { MessageBusOptions } from "../../../bus/options.ts";
import { unixTransport } from "../../../transports/unix.ts";
import { programArgs, serveCommands } from "./commands.ts";

/** What the bus says of itself. */
export interface BusFigures {
  /** Connections that are open. */
  readonly connections: number;
  /** What "counter" has got. */
  readonly counted: number;
  /** From how many. */
  readonly senders: number;
  /** Lines that the bus has logged. */
  readonly logLines: number;
  /** The bus's own counts. */
  readonly stats: ReturnType<MessageBus["stats"]>;
}

const [path, busOptions, listenOptions] = programArgs();
let logLines = 0;
await configure({
  sinks: { lines: () => void logLines++ },
  loggers: [
    { category: ["logtape", "meta"], sinks: [], lowestLevel: "fatal" },
    { category: [], sinks: ["lines"], lowestLevel: "info" },
  ],
});
const bus = new MessageBus(busOptions as MessageBusOptions);
const counts = new Map<string, number>();
bus.agent("echo").respond(({ payload }) => payload, { concurrency: 1_000 });
bus.agent("counter").receive(({ sender }) => {
  counts.set(sender, (counts.get(sender) ?? 0) + 1);
}, { concurrency: 1_000 });
const listener = await bus.listen(
  unixTransport(path as string),
  listenOptions as ListenOptions,
);

await serveCommands({
  figures: (): BusFigures => ({
    connections: listener.connections,
    counted: counts.values().reduce((sum, count) => sum + count, 0),
    senders: counts.size,
    logLines,
    stats: bus.stats(),
  }),
  agents: () => bus.agents(),
  letters: (reason: string) => {
    const query = { reason: reason as "overflow" };
    return bus.deadLetters.entries(query).length;
  },
  close: () => bus.close(),
});
