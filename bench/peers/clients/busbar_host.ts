import { MessageBus } from "@busbar/busbar";
import { serveInspector } from "@busbar/busbar/inspector";
import { unixTransport } from "@busbar/busbar/transports/unix";
import { RECEIVER } from "../../message.ts";
import type { Client, JoinOptions } from "../client.ts";
import { BusbarClient, join as joinBus } from "./busbar.ts";

/** The receiver has the bus in its own process, and the others connect to it. */
export async function join(options: JoinOptions): Promise<Client> {
  const { server, name } = options;
  if (name !== RECEIVER) return await joinBus(options);
  const bus = new MessageBus();
  await serveInspector(bus, { port: 0, print: () => {} });
  await bus.listen(unixTransport(server));
  return new BusbarClient(bus.agent(name), false);
}
